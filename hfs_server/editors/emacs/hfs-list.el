;;; hfs-list.el --- A list of sessions  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; All sessions in columns, with keys to read, rename, delete and restore them.

;;; Code:

(require 'tabulated-list)
(require 'hfs-format)
(require 'hfs-read)
(require 'hfs-changes)

(defvar-local hfs--parent nil
  "The session whose subagents are listed; nil if all sessions are.")

(defvar-local hfs--lists-deleted nil
  "Whether the deleted sessions are listed.")

(defvar hfs-list-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "RET") #'hfs-list-read)
    (define-key map "s" #'hfs-list-subagents)
    (define-key map "R" #'hfs-list-rename)
    (define-key map "d" #'hfs-list-delete)
    (define-key map "u" #'hfs-list-restore)
    map)
  "The keys of a list of sessions.")

(define-derived-mode hfs-list-mode tabulated-list-mode "HFS"
  "A list of sessions, last activity first."
  (setq tabulated-list-format
        (vector (list "Id" 6 (hfs--by-number 0) :right-align t)
                '("Date" 16 t) '("Tool" 14 t) '("Project" 18 t)
                (list "Messages" 8 (hfs--by-number 4) :right-align t)
                (list "Subagents" 9 (hfs--by-number 5) :right-align t)
                '("Name" 0 t)))
  (add-hook 'tabulated-list-revert-hook #'hfs--fill-list nil t)
  (tabulated-list-init-header))

(defun hfs--fill-list ()
  "Ask for the sessions of this list."
  (setq tabulated-list-entries
        (mapcar (lambda (session)
                  (let ((children (plist-get session :childCount)))
                    (list (plist-get session :id)
                          (vector (number-to-string (plist-get session :id))
                                  (hfs--activity session)
                                  (plist-get session :tool)
                                  (hfs--project session)
                                  (number-to-string (plist-get session :messageCount))
                                  (if (zerop children) "" (number-to-string children))
                                  (hfs--name session)))))
                (hfs--sessions hfs--parent hfs--lists-deleted))))

;;;###autoload
(defun hfs-list (&optional parent deleted)
  "List all sessions.
With PARENT, list those that this session has started; with DELETED,
those that are deleted."
  (interactive)
  (pop-to-buffer (get-buffer-create (cond (parent (format "*hfs subagents of %d*" parent))
                                          (deleted "*hfs deleted sessions*")
                                          (t "*hfs sessions*"))))
  (hfs-list-mode)
  (setq hfs--parent parent
        hfs--lists-deleted deleted)
  (hfs--fill-list)
  (tabulated-list-print)
  (goto-char (point-min)))

(defun hfs-list-read ()
  "Read the session at point."
  (interactive)
  (hfs-sessions (hfs--id-at-point)))

(defun hfs-list-subagents ()
  "List the sessions that the one at point has started."
  (interactive)
  (hfs-list (hfs--id-at-point)))

;;;###autoload
(defun hfs-list-deleted ()
  "List the deleted sessions, last deletion first."
  (interactive)
  (hfs-list nil t))

(defun hfs-list-rename ()
  "Give the session at point another name."
  (interactive)
  (let ((id (hfs--id-at-point)))
    (hfs-rename id (read-string (format "New name of session %d: " id))))
  (revert-buffer))

(defun hfs-list-delete ()
  "Delete the session at point."
  (interactive)
  (hfs-delete (hfs--id-at-point))
  (revert-buffer))

(defun hfs-list-restore ()
  "Restore the deleted session at point, or the one that was deleted last."
  (interactive)
  (hfs-restore (cond (hfs--lists-deleted (hfs--id-at-point))
                     (hfs--last-deleted)
                     (t (user-error "No session was deleted here"))))
  (revert-buffer))

(provide 'hfs-list)
;;; hfs-list.el ends here
