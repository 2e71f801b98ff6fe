;;; hfs-import.el --- Import of sessions  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Imports of files and from other tools, with their progress and a report.

;;; Code:

(require 'seq)
(require 'hfs-client)
(require 'hfs-format)

(defvar hfs--imports 0
  "How many imports there were; each has the number as the token of its progress.")

(defun hfs--counts (result)
  "How many sessions of the import RESULT there are of each status."
  (let ((sessions (append (plist-get result :sessions) nil))
        (skipped (apply #'+ (mapcar (lambda (each) (plist-get each :count))
                                    (plist-get result :skipped)))))
    (mapconcat
     #'identity
     (delq nil (mapcar
                (lambda (status)
                  (let ((count (pcase status
                                 ("skipped" skipped)
                                 ("failed" (length (plist-get result :failed)))
                                 (_ (seq-count (lambda (each)
                                                 (equal (plist-get each :status) status))
                                               sessions)))))
                    (unless (zerop count) (format "%d %s" count status))))
                '("created" "updated" "unchanged" "skipped" "failed")))
     ", ")))

(defun hfs--show-report (result counts)
  "Show what became of each session of the import RESULT, and COUNTS, in a buffer."
  (with-current-buffer (get-buffer-create "*hfs import*")
    (let ((inhibit-read-only t))
      (erase-buffer)
      (insert "Sessions: " (if (string-empty-p counts) "none" counts) "\n\n")
      (seq-doseq (each (plist-get result :sessions))
        (insert (format "%6s  %-10s %-14s %s\n" (or (plist-get each :id) "-")
                        (plist-get each :status) (plist-get each :tool) (hfs--name each))))
      (seq-doseq (each (plist-get result :failed))
        (insert (format "failed: %s: %s\n" (hfs--name each) (plist-get each :reason))))
      (seq-doseq (each (plist-get result :skipped))
        (insert (format "skipped: %d, %s\n" (plist-get each :count) (plist-get each :reason))))
      (seq-doseq (warning (plist-get result :warnings))
        (insert (format "warning: %s\n" (hfs--one-line warning))))
      (goto-char (point-min)))
    (view-mode 1)
    (display-buffer (current-buffer))))

(defun hfs--import (params)
  "Import what PARAMS name, and show what became of it; \\[keyboard-quit] cancels it."
  (let* ((token (setq hfs--imports (1+ hfs--imports)))
         (result (condition-case nil
                     (let ((inhibit-quit nil))
                       (hfs--request :hfs/import (append params (list :workDoneToken token))))
                   (quit (jsonrpc-notify (hfs--connection) :window/workDoneProgress/cancel
                                         (list :token token))
                         (user-error "The import was cancelled; what it has imported stays"))))
         (sessions (plist-get result :sessions))
         (failed (plist-get result :failed))
         (session (and (= (length sessions) 1) (seq-empty-p failed) (elt sessions 0)))
         (counts (hfs--counts result)))
    (unless (and session (seq-empty-p (plist-get result :warnings)))
      (hfs--show-report result counts))
    (message "%s%s%s"
             (cond ((plist-get session :id)
                    (format "Session %d %s: %s" (plist-get session :id)
                            (plist-get session :status) (plist-get session :name)))
                   ((string-empty-p counts) "No sessions found")
                   (t (concat "Sessions: " counts)))
             (mapconcat (lambda (each) (format ". %s: %s" (plist-get each :name)
                                               (plist-get each :reason)))
                        failed "")
             (mapconcat (lambda (warning) (concat ". " warning))
                        (plist-get result :warnings) ""))))

;;;###autoload
(defun hfs-import (file)
  "Import FILE: an export, a file of another tool, a folder or a zip archive."
  (interactive
   (list (read-file-name "Import: " nil buffer-file-name t
                         (and buffer-file-name (file-name-nondirectory buffer-file-name)))))
  (hfs--import (list :uri (hfs--uri file))))

(defun hfs--sources ()
  "The tools on this machine that have sessions, as the server found them."
  (append (plist-get (hfs--request :hfs/listSources nil) :sources) nil))

;;;###autoload
(defun hfs-import-from (tool)
  "Import all sessions of another TOOL on this machine, or of \"all\"."
  (interactive
   (let* ((sources (hfs--sources))
          (choices (mapcar (lambda (source)
                             (cons (format "%s  %s  (%d new, %d changed)"
                                           (plist-get source :name) (plist-get source :location)
                                           (plist-get source :new) (plist-get source :changed))
                                   (plist-get source :tool)))
                           sources)))
     (unless sources (user-error "No other tool has sessions on this machine"))
     (setq choices (append choices '(("all" . "all"))))
     (list (cdr (assoc (completing-read "Import all sessions of: " choices nil t) choices)))))
  (hfs--import
   (list :tools (if (equal tool "all")
                    (vconcat (delete-dups (mapcar (lambda (source) (plist-get source :tool))
                                                  (hfs--sources))))
                  (vector tool)))))

(provide 'hfs-import)
;;; hfs-import.el ends here
