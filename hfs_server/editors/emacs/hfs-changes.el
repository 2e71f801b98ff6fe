;;; hfs-changes.el --- Sessions renamed, deleted and restored  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Names of sessions, and deletions, which can be undone.

;;; Code:

(require 'hfs-client)
(require 'hfs-format)
(require 'hfs-read)

(defvar hfs--last-deleted nil
  "The session that was deleted last.")

;;;###autoload
(defun hfs-rename (id name)
  "Give the session ID the name NAME."
  (interactive (let ((id (hfs--read-session)))
                 (list id (read-string (format "New name of session %d: " id)))))
  (let ((session (plist-get (hfs--request :hfs/renameSession (list :sessionId id :name name))
                            :session)))
    (message "Session %d is now %s" id (hfs--name session))))

;;;###autoload
(defun hfs-delete (id)
  "Delete the session ID with those that it has started.
They can be restored."
  (interactive (list (hfs--read-session)))
  (unless (y-or-n-p (format "Delete session %d? " id))
    (user-error "Not deleted"))
  (let ((below (1- (plist-get (hfs--request :hfs/deleteSession (list :sessionId id))
                              :sessionCount))))
    (setq hfs--last-deleted id)
    (message "Deleted session %d%s; M-x hfs-restore restores it" id
             (if (zerop below) "" (format " with %d below it" below)))))

;;;###autoload
(defun hfs-restore (id)
  "Restore the deleted session ID."
  (interactive (list (hfs--read-session t)))
  (let ((session (plist-get (hfs--request :hfs/restoreSession (list :sessionId id)) :session)))
    (setq hfs--last-deleted nil)
    (message "Restored session %d: %s" (plist-get session :id) (hfs--name session))))

(provide 'hfs-changes)
;;; hfs-changes.el ends here
