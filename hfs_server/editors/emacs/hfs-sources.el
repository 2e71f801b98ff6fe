;;; hfs-sources.el --- Tools with sessions to import  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; The tools on this machine that have sessions, in columns.

;;; Code:

(require 'tabulated-list)
(require 'hfs-format)
(require 'hfs-import)

(defvar hfs-sources-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "RET") #'hfs-sources-import)
    map)
  "The keys of the list of sources.")

(define-derived-mode hfs-sources-mode tabulated-list-mode "HFS Sources"
  "A list of the tools on this machine that have sessions."
  (setq tabulated-list-format
        (vector '("Tool" 14 t)
                (list "Files" 7 (hfs--by-number 1) :right-align t)
                (list "New" 7 (hfs--by-number 2) :right-align t)
                (list "Changed" 7 (hfs--by-number 3) :right-align t)
                '("Last activity" 16 t) '("Folder" 0 t)))
  (add-hook 'tabulated-list-revert-hook #'hfs--fill-sources nil t)
  (tabulated-list-init-header))

(defun hfs--fill-sources ()
  "Ask for the sources of this list."
  (setq tabulated-list-entries
        (mapcar (lambda (source)
                  (let ((problem (plist-get source :problem)))
                    (list (plist-get source :tool)
                          (vector (plist-get source :tool)
                                  (number-to-string (plist-get source :found))
                                  (number-to-string (plist-get source :new))
                                  (number-to-string (plist-get source :changed))
                                  (hfs--date (plist-get source :lastActivity))
                                  (hfs--one-line
                                   (concat (plist-get source :location)
                                           (and problem (concat ": " problem))))))))
                (hfs--sources))))

;;;###autoload
(defun hfs-sources ()
  "List the tools on this machine that have sessions to import."
  (interactive)
  (pop-to-buffer (get-buffer-create "*hfs sources*"))
  (hfs-sources-mode)
  (hfs--fill-sources)
  (tabulated-list-print)
  (goto-char (point-min)))

(defun hfs-sources-import ()
  "Import all sessions of the tool at point, and list the sources again."
  (interactive)
  (let ((tool (hfs--id-at-point))
        (list (current-buffer)))
    (hfs-import-from tool)
    (with-current-buffer list (revert-buffer))))

(provide 'hfs-sources)
;;; hfs-sources.el ends here
