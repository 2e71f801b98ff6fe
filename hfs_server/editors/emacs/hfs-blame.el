;;; hfs-blame.el --- Which session wrote a line  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Sessions that wrote a line or edited a file: to choose from, and as annotations.

;;; Code:

(require 'jsonrpc)
(require 'seq)
(require 'hfs-client)
(require 'hfs-format)
(require 'hfs-read)

(defun hfs--this-line ()
  "The params that ask for the line at point."
  (list :uri (hfs--uri buffer-file-name) :line (1- (line-number-at-pos nil t))
        :text (buffer-substring-no-properties (line-beginning-position) (line-end-position))))

(defun hfs--edit (edit)
  "What EDIT did, when, and in which session."
  (let ((session (plist-get edit :session)))
    (format "%s %s by %s: %s" (substring (or (plist-get edit :createdAt) "") 0 10)
            (plist-get edit :kind) (plist-get session :tool) (hfs--choice session))))

;;;###autoload
(defun hfs-blame (whole-file)
  "Choose one of the sessions that wrote this line, and read it.
With a prefix argument WHOLE-FILE, one of those that edited the file."
  (interactive "P")
  (unless buffer-file-name (user-error "This buffer has no file"))
  (let* ((params (if whole-file (list :uri (hfs--uri buffer-file-name)) (hfs--this-line)))
         (edits (plist-get (hfs--request :hfs/sessionsOfFile params) :edits))
         (choices (mapcar (lambda (edit) (cons (hfs--edit edit) edit)) edits)))
    (unless choices
      (user-error "No session is known to have %s"
                  (if whole-file "edited this file" "written this line")))
    (let ((edit (cdr (assoc (completing-read "Session: " choices nil t) choices))))
      (hfs-sessions (plist-get (plist-get edit :session) :id)
                    (plist-get edit :messageIndex)))))

(defun hfs--eldoc (callback &rest _)
  "Call CALLBACK with the session that wrote the line at point."
  (jsonrpc-async-request
   (hfs--connection) :hfs/sessionsOfFile (hfs--this-line)
   :success-fn (lambda (result)
                 (unless (seq-empty-p (plist-get result :edits))
                   (let ((edit (elt (plist-get result :edits) 0)))
                     (funcall callback
                              (format "%s\n> %s" (hfs--edit edit)
                                      (or (plist-get edit :prompt) ""))))))
   :error-fn #'ignore)
  t)

(defun hfs--show-count ()
  "Show in the header line how many sessions edited the file."
  (let ((buffer (current-buffer)))
    (jsonrpc-async-request
     (hfs--connection) :hfs/sessionsOfFile (list :uri (hfs--uri buffer-file-name) :limit 500)
     :success-fn
     (lambda (result)
       (let ((count (length (seq-uniq (mapcar (lambda (edit)
                                                (plist-get (plist-get edit :session) :id))
                                              (plist-get result :edits))))))
         (when (and (buffer-live-p buffer) (> count 0))
           (with-current-buffer buffer
             (setq header-line-format
                   (format "%d AI session%s edited this file" count
                           (if (= count 1) "" "s")))))))
     :error-fn #'ignore)))

;;;###autoload
(define-minor-mode hfs-annotate-mode
  "Show which AI sessions wrote the file of this buffer."
  :lighter " Hfs"
  (cond ((not buffer-file-name) (setq hfs-annotate-mode nil))
        (hfs-annotate-mode
         (add-hook 'eldoc-documentation-functions #'hfs--eldoc nil t)
         (eldoc-mode 1)
         (hfs--show-count))
        (t
         (remove-hook 'eldoc-documentation-functions #'hfs--eldoc t)
         (setq header-line-format nil))))

(provide 'hfs-blame)
;;; hfs-blame.el ends here
