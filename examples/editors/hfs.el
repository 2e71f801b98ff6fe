;;; hfs.el --- HFS sessions in Emacs  -*- lexical-binding: t -*-

;; For Emacs 28 or newer. Copy this file to ~/.emacs.d/hfs.el and put
;; (load (locate-user-emacs-file "hfs.el")) into your init file.
;;
;;   M-x hfs-sessions   choose a session and read it as Markdown
;;   M-x hfs-export     write a session to a file, as Markdown, HTML or JSON
;;   M-x hfs-import     import an export, a file of another tool, a folder of
;;                      such files, or a zip archive
;;   M-x hfs-import-from  choose another tool on this machine, and import its sessions

;;; Code:

(require 'iso8601)
(require 'jsonrpc)
(require 'seq)
(require 'subr-x)
(require 'url-util)

(defvar hfs-command '("hfs-server")
  "The program that serves the sessions, and its arguments.")

(defvar hfs--connection nil)

(defun hfs--connection ()
  "The connection to the server, which is started when there is none."
  (unless (and hfs--connection (jsonrpc-running-p hfs--connection))
    (setq hfs--connection
          (make-instance
           'jsonrpc-process-connection
           :name "hfs-server"
           :process (lambda ()
                      (make-process :name "hfs-server" :command hfs-command
                                    :connection-type 'pipe :coding 'utf-8-emacs-unix
                                    :noquery t :stderr (get-buffer-create "*hfs-server*")))))
    (jsonrpc-request hfs--connection :initialize
                     (list :processId (emacs-pid) :capabilities (make-hash-table)))
    (jsonrpc-notify hfs--connection :initialized (make-hash-table)))
  hfs--connection)

(defun hfs--request (method params)
  "Return the result of METHOD with PARAMS; signal a failure with the server's message."
  (condition-case problem
      (jsonrpc-request (hfs--connection) method params :timeout 600)
    (jsonrpc-error
     (user-error "hfs: %s" (or (alist-get 'jsonrpc-error-message (cddr problem))
                               (error-message-string problem))))))

(defun hfs--uri (file)
  "The file: URI of FILE."
  (let ((path (expand-file-name file))
        (allowed (copy-sequence url-path-allowed-chars)))
    ;; A % in a name is encoded too, which Emacs leaves as it is.
    (aset allowed ?% nil)
    (concat "file://" (unless (string-prefix-p "/" path) "/")
            (url-hexify-string path allowed))))

(defun hfs--sessions ()
  "All sessions, asked for page by page."
  (let (sessions cursor (more t))
    (while more
      (let ((page (hfs--request :hfs/listSessions
                                (append '(:limit 500) (and cursor (list :cursor cursor))))))
        (setq sessions (append sessions (append (plist-get page :sessions) nil))
              cursor (plist-get page :nextCursor)
              more cursor)))
    sessions))

(defun hfs--facts (session)
  "The last activity of SESSION in local time, and how many messages it has."
  (let ((count (plist-get session :messageCount)))
    (format "  %s, %d message%s"
            (format-time-string "%Y-%m-%d %H:%M"
                                (encode-time
                                 (iso8601-parse (or (plist-get session :updatedAt)
                                                    (plist-get session :createdAt)))))
            count (if (= count 1) "" "s"))))

(defun hfs--choice (session)
  "What SESSION is called among those to choose from."
  (format "%d  %s" (plist-get session :id)
          (let ((name (string-trim (replace-regexp-in-string
                                    "[[:space:]\n\r]+" " " (plist-get session :name)))))
            (if (string-empty-p name) "(no name)" name))))

(defun hfs--read-session ()
  "Ask for a session and return its id."
  (let* ((choices (mapcar (lambda (session) (cons (hfs--choice session) session))
                          (hfs--sessions)))
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

(defun hfs-sessions (id)
  "Show the session ID as Markdown in a buffer."
  (interactive (list (hfs--read-session)))
  (let ((text (plist-get (hfs--request :workspace/textDocumentContent
                                       (list :uri (format "hfs:/sessions/%d.md" id)))
                         :text)))
    (pop-to-buffer (get-buffer-create (format "*hfs session %d*" id)))
    (let ((inhibit-read-only t))
      (erase-buffer)
      (insert text)
      (goto-char (point-min)))
    (if (fboundp 'markdown-mode) (markdown-mode) (text-mode))
    (view-mode 1)))

(defun hfs-export (id format destination)
  "Write the session ID as FORMAT to DESTINATION, a file or a folder.
FORMAT is markdown, html or json."
  (interactive (list (hfs--read-session)
                     (completing-read "Format: " '("markdown" "html" "json") nil t nil nil "markdown")
                     (read-file-name "Export to (a file or a folder): "
                                     default-directory default-directory)))
  (let ((overwrite (and (file-regular-p destination)
                        (or (y-or-n-p (format "Overwrite %s? " destination))
                            (user-error "Not exported")))))
    (let ((result (hfs--request :hfs/export
                                (list :sessionId id :format format
                                      :destination (hfs--uri destination)
                                      :overwrite (if overwrite t :json-false)))))
      (message "Exported to %s"
               (decode-coding-string
                (url-unhex-string (string-remove-prefix "file://" (plist-get result :uri)))
                'utf-8)))))

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

(defun hfs--import (params)
  "Import what PARAMS name, and show what became of it."
  (let* ((result (hfs--request :hfs/import params))
         (sessions (plist-get result :sessions))
         (failed (plist-get result :failed))
         (session (and (= (length sessions) 1) (seq-empty-p failed) (elt sessions 0)))
         (counts (hfs--counts result)))
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

(defun hfs-import (file)
  "Import FILE: an export, a file of another tool, a folder or a zip archive."
  (interactive "fImport: ")
  (hfs--import (list :uri (hfs--uri file))))

(defun hfs-import-from (tool)
  "Import all sessions of another TOOL on this machine."
  (interactive
   (let ((choices (mapcar (lambda (source)
                            (cons (format "%s  %s  (%d new, %d changed)"
                                          (plist-get source :name) (plist-get source :location)
                                          (plist-get source :new) (plist-get source :changed))
                                  (plist-get source :tool)))
                          (plist-get (hfs--request :hfs/listSources nil) :sources))))
     (list (cdr (assoc (completing-read "Import all sessions of: " choices nil t) choices)))))
  (hfs--import (list :tools (vector tool))))

(provide 'hfs)
;;; hfs.el ends here
