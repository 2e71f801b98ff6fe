;;; hfs-resume.el --- Sessions that go on in their tools  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; The command with which the tool that wrote a session continues it, in a terminal.

;;; Code:

(require 'hfs-client)
(require 'hfs-format)
(require 'hfs-read)
(require 'term)

(defun hfs--missing-folder (found)
  "Return a warning if the folder of the session of FOUND is missing, or \"\"."
  (let ((folder (or (plist-get (plist-get found :session) :workingDirectory) "")))
    (if (or (string-empty-p folder) (plist-get (plist-get found :resume) :directory))
        ""
      (format "The session's folder is not on this machine: %s. "
              (replace-regexp-in-string "[[:cntrl:]]" "?" (hfs--one-line folder))))))

;;;###autoload
(defun hfs-resume (id)
  "Continue the session ID in the tool that wrote it, in a terminal.
Its command and its folder are shown first."
  (interactive (list (hfs--read-session)))
  (let* ((found (hfs--request :hfs/findSession (list :sessionId id)))
         (resume (plist-get found :resume))
         (words (append (plist-get resume :command) nil))
         (default-directory (file-name-as-directory
                             (or (plist-get resume :directory) default-directory))))
    (unless words
      (user-error "No command is known that continues session %d" id))
    (when (y-or-n-p (format "%sRun %s in %s? " (hfs--missing-folder found)
                            (string-join words " ") (abbreviate-file-name default-directory)))
      (let ((terminal (apply #'make-term "hfs-resume" (car words) nil (cdr words))))
        (with-current-buffer terminal
          (term-mode)
          (term-char-mode))
        (pop-to-buffer terminal)))))

(provide 'hfs-resume)
;;; hfs-resume.el ends here
