;;; hfs.el --- HFS sessions in Emacs  -*- lexical-binding: t -*-

;; For Emacs 28 or newer. Copy this file to ~/.emacs.d/hfs.el and put
;; (load (locate-user-emacs-file "hfs.el")) into your init file.
;;
;;   M-x hfs-sessions   choose a session and read it as Markdown
;;   M-x hfs-export     write a session to a file, as Markdown or JSON
;;   M-x hfs-import     import an export, a file of another tool, a folder of
;;                      such files, or a zip archive
;;   M-x hfs-statistics  show what the sessions amount to
;;   M-x hfs-search     list what is found in sessions, as xref lists references
;;   M-x hfs-import-from  choose another tool on this machine, and import its sessions
;;   M-x hfs-blame      the sessions that wrote this line; with C-u those that
;;                      edited this file
;;   M-x hfs-annotate-mode  shows in the echo area which session wrote the line
;;                      at point, and in the header line how many edited the file;
;;                      (add-hook 'prog-mode-hook #'hfs-annotate-mode) for all files

;;; Code:

(require 'cl-lib)
(require 'iso8601)
(require 'jsonrpc)
(require 'seq)
(require 'subr-x)
(require 'xref)
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

(defun hfs-sessions (id &optional number)
  "Show the session ID as Markdown in a buffer, from message NUMBER on."
  (interactive (list (hfs--read-session)))
  (pop-to-buffer (hfs--buffer id))
  (when number
    (hfs--go-to-message number)
    (recenter 0)))

(cl-defstruct (hfs--place (:constructor hfs--place (session number)))
  "A message of a session." session number)

(cl-defmethod xref-location-marker ((place hfs--place))
  "Where PLACE is in a buffer that shows its session."
  (with-current-buffer (hfs--buffer (plist-get (hfs--place-session place) :id))
    (hfs--go-to-message (hfs--place-number place))
    (point-marker)))

(cl-defmethod xref-location-group ((place hfs--place))
  "The session of PLACE, in words."
  (hfs--choice (hfs--place-session place)))

(cl-defmethod xref-location-line ((place hfs--place))
  "The number of the message of PLACE."
  (hfs--place-number place))

(defun hfs--snippet (match)
  "The words of MATCH around what was found, which stands out."
  (let* ((text (copy-sequence (plist-get match :snippet)))
         (units (encode-coding-string text 'utf-16le))
         (offset (lambda (unit)
                   (length (decode-coding-string (substring units 0 (* 2 unit)) 'utf-16le)))))
    (seq-doseq (highlight (plist-get match :highlights))
      (add-face-text-property (funcall offset (elt highlight 0))
                              (funcall offset (elt highlight 1)) 'xref-match nil text))
    text))

(defun hfs-search (query)
  "List what is found for QUERY in sessions; RET goes to the message."
  (interactive "sSearch sessions: ")
  (let* ((result (hfs--request :hfs/search (list :query query :limit 200)))
         (matches (append (plist-get result :matches) nil)))
    (unless matches
      (user-error (if (eq (plist-get result :isComplete) :json-false)
                      "Nothing found yet" "Nothing found")))
    (funcall
     xref-show-xrefs-function
     (lambda ()
       (mapcar (lambda (match)
                 (xref-make (hfs--snippet match)
                            (hfs--place (plist-get match :session)
                                        (plist-get match :messageIndex))))
               matches))
     `((window . ,(selected-window))))))

(defun hfs-export (id format destination)
  "Write the session ID as FORMAT to DESTINATION, a file or a folder.
FORMAT is markdown or json."
  (interactive (list (hfs--read-session)
                     (completing-read "Format: " '("markdown" "json") nil t nil nil "markdown")
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

(defun hfs--statistics-line (name item)
  "A line with NAME and what its sessions amount to, as in ITEM."
  (let ((usage (plist-get item :usage)))
    (format "%s: %d sessions, %d messages, %d prompts, %d tool calls, %d tokens in, %d out"
            name (plist-get item :sessions) (plist-get item :messages)
            (plist-get item :prompts) (plist-get item :toolCalls)
            (or (plist-get usage :inputTokens) 0) (or (plist-get usage :outputTokens) 0))))

(defun hfs-statistics (&optional project)
  "Show what the sessions amount to; with a prefix argument, those of a PROJECT's folder."
  (interactive (list (and current-prefix-arg (read-directory-name "Project: "))))
  (let ((result (hfs--request :hfs/statistics
                              (and project (list :project (expand-file-name project))))))
    (message "%s" (mapconcat #'identity
                             (cons (hfs--statistics-line "All" result)
                                   (mapcar (lambda (tool)
                                             (hfs--statistics-line (plist-get tool :tool) tool))
                                           (plist-get result :byTool)))
                             "\n"))))

(defun hfs--this-line ()
  "The params that ask for the line at point."
  (list :uri (hfs--uri buffer-file-name) :line (1- (line-number-at-pos nil t))
        :text (buffer-substring-no-properties (line-beginning-position) (line-end-position))))

(defun hfs--edit (edit)
  "What EDIT did, when, and in which session."
  (let ((session (plist-get edit :session)))
    (format "%s %s by %s: %s" (substring (or (plist-get edit :createdAt) "") 0 10)
            (plist-get edit :kind) (plist-get session :tool) (hfs--choice session))))

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

(provide 'hfs)
;;; hfs.el ends here
