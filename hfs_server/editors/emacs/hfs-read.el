;;; hfs-read.el --- Sessions to choose from and to read  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Sessions as Markdown in buffers, and the choice of one in the minibuffer.

;;; Code:

(require 'hfs-client)
(require 'hfs-format)

(defun hfs--sessions (&optional parent deleted)
  "All sessions, or those that the session PARENT has started.
They are asked for page by page.
If DELETED is non-nil, all that are deleted."
  (let (sessions cursor (more t))
    (while more
      (let ((page (hfs--request :hfs/listSessions
                                (append '(:limit 500) (and parent (list :parentId parent))
                                        (and deleted '(:deleted t))
                                        (and cursor (list :cursor cursor))))))
        (setq sessions (append sessions (append (plist-get page :sessions) nil))
              cursor (plist-get page :nextCursor)
              more cursor)))
    sessions))

(defun hfs--read-session (&optional deleted)
  "Ask for a session, or for one that is DELETED, and return its id."
  (let* ((choices (mapcar (lambda (session) (cons (hfs--choice session) session))
                          (hfs--sessions nil deleted)))
         (metadata `(metadata
                     ;; They are in the order of their last activity already.
                     (display-sort-function . identity)
                     (cycle-sort-function . identity)
                     (annotation-function
                      . ,(lambda (choice) (hfs--facts (cdr (assoc choice choices)))))))
         (table (lambda (text predicate action)
                  (if (eq action 'metadata)
                      metadata
                    (complete-with-action action choices text predicate))))
         (choice (assoc (completing-read "Session: " table nil t) choices)))
    (if choice
        (plist-get (cdr choice) :id)
      (user-error "No session was chosen"))))

(defun hfs--buffer (id)
  "A buffer with the session ID as Markdown, as it is now."
  (let ((text (plist-get (hfs--request :workspace/textDocumentContent
                                       (list :uri (format "hfs:/sessions/%d.md" id)))
                         :text)))
    (with-current-buffer (get-buffer-create (format "*hfs session %d*" id))
      (let ((inhibit-read-only t))
        (erase-buffer)
        (insert text)
        (goto-char (point-min)))
      (if (fboundp 'markdown-mode) (markdown-mode) (text-mode))
      (view-mode 1)
      (current-buffer))))

(defun hfs--go-to-message (number)
  "Go to message NUMBER, or the one before it that has a line of its own."
  (goto-char (point-min))
  (let ((begins "^\\(?:### \\|<summary>\\|\\*\\)\\([0-9]+\\)\\. ")
        (nearest (point-min))
        (at 0))
    (while (and (< at number) (re-search-forward begins nil t))
      (setq at (string-to-number (match-string 1)))
      (when (<= at number)
        (setq nearest (match-beginning 0))))
    (goto-char nearest)))

;;;###autoload
(defun hfs-sessions (id &optional number)
  "Show the session ID as Markdown in a buffer, from message NUMBER on."
  (interactive (list (hfs--read-session)))
  (pop-to-buffer (hfs--buffer id))
  (when number
    (hfs--go-to-message number)
    (recenter 0)))

(provide 'hfs-read)
;;; hfs-read.el ends here
