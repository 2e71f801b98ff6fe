;;; hfs.el --- HFS sessions in Emacs  -*- lexical-binding: t -*-

;; For Emacs 28 or newer. Copy this file to ~/.emacs.d/hfs.el and put
;; (load (locate-user-emacs-file "hfs.el")) into your init file.
;;
;;   M-x hfs-sessions     choose a session and read it as Markdown
;;   M-x hfs-list         list all sessions with date, tool and project; RET reads the
;;                        one at point, s lists its subagents, g lists again
;;   M-x hfs-search       list what is found in sessions, as xref lists references
;;   M-x hfs-export       write a session to a file, as Markdown, HTML or JSON
;;   M-x hfs-share        the same with secrets replaced; shows what was found, and where
;;   M-x hfs-import       import an export, a file of another tool, a folder of
;;                        such files, or a zip archive
;;   M-x hfs-sources      list the tools on this machine; RET imports from the one at point
;;   M-x hfs-import-from  choose another tool on this machine, and import its sessions;
;;                        C-g cancels it, and what it has imported stays
;;   M-x hfs-statistics  show what the sessions amount to
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
(require 'tabulated-list)
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
                                    :noquery t :stderr (get-buffer-create "*hfs-server*")))
           :notification-dispatcher #'hfs--notified))
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

(defun hfs--notified (_ method params)
  "Show the progress of an import, if METHOD with PARAMS is one."
  (when (eq method '$/progress)
    (let ((value (plist-get params :value))
          (message-log-max nil))
      (when (equal (plist-get value :kind) "report")
        (message "hfs: %d %%, %s" (or (plist-get value :percentage) 0)
                 (or (plist-get value :message) ""))))))

(defun hfs--uri (file)
  "The file: URI of FILE."
  (let ((path (expand-file-name file))
        (allowed (copy-sequence url-path-allowed-chars)))
    ;; A % in a name is encoded too, which Emacs leaves as it is.
    (aset allowed ?% nil)
    (concat "file://" (unless (string-prefix-p "/" path) "/")
            (url-hexify-string path allowed))))

(defun hfs--sessions (&optional parent)
  "All sessions, or those that the session PARENT has started, asked for page by page."
  (let (sessions cursor (more t))
    (while more
      (let ((page (hfs--request :hfs/listSessions
                                (append '(:limit 500) (and parent (list :parentId parent))
                                        (and cursor (list :cursor cursor))))))
        (setq sessions (append sessions (append (plist-get page :sessions) nil))
              cursor (plist-get page :nextCursor)
              more cursor)))
    sessions))

(defun hfs--one-line (text)
  "TEXT on one line."
  (string-trim (replace-regexp-in-string "[[:space:]\n\r]+" " " text)))

(defun hfs--date (time)
  "The time TIME of the server in local time; empty if it is not known."
  (if (member time '(nil ""))
      ""
    (format-time-string "%Y-%m-%d %H:%M" (encode-time (iso8601-parse time)))))

(defun hfs--activity (session)
  "The last activity of SESSION in local time."
  (hfs--date (or (plist-get session :updatedAt) (plist-get session :createdAt))))

(defun hfs--project (session)
  "The last folder of the working directory of SESSION."
  (hfs--one-line (or (car (last (split-string (or (plist-get session :workingDirectory) "")
                                              "[/\\]" t)))
                     "")))

(defun hfs--facts (session)
  "The last activity of SESSION, how many messages it has, its tool and its project."
  (let ((count (plist-get session :messageCount))
        (project (hfs--project session)))
    (format "  %s, %d message%s, %s%s" (hfs--activity session) count (if (= count 1) "" "s")
            (plist-get session :tool)
            (if (string-empty-p project) "" (concat ", " project)))))

(defun hfs--name (session)
  "The name of SESSION on one line."
  (let ((name (hfs--one-line (plist-get session :name))))
    (if (string-empty-p name) "(no name)" name)))

(defun hfs--choice (session)
  "What SESSION is called among those to choose from."
  (format "%d  %s" (plist-get session :id) (hfs--name session)))

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

;; Lists

(defun hfs--by-number (column)
  "How rows are sorted by the number in COLUMN."
  (lambda (one other)
    (< (string-to-number (aref (cadr one) column))
       (string-to-number (aref (cadr other) column)))))

(defvar-local hfs--parent nil
  "The session whose subagents are listed; nil if all sessions are.")

(defvar hfs-list-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "RET") #'hfs-list-read)
    (define-key map "s" #'hfs-list-subagents)
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
                (hfs--sessions hfs--parent))))

(defun hfs-list (&optional parent)
  "List all sessions, or those that the session PARENT has started."
  (interactive)
  (pop-to-buffer (get-buffer-create (if parent
                                        (format "*hfs subagents of %d*" parent)
                                      "*hfs sessions*")))
  (hfs-list-mode)
  (setq hfs--parent parent)
  (hfs--fill-list)
  (tabulated-list-print)
  (goto-char (point-min)))

(defun hfs--id-at-point ()
  "The id of the row at point."
  (or (tabulated-list-get-id) (user-error "There is nothing on this line")))

(defun hfs-list-read ()
  "Read the session at point."
  (interactive)
  (hfs-sessions (hfs--id-at-point)))

(defun hfs-list-subagents ()
  "List the sessions that the one at point has started."
  (interactive)
  (hfs-list (hfs--id-at-point)))


(defconst hfs--most-matches 200
  "How many matches of a search are listed.")

(defun hfs--matches (query)
  "The first matches of QUERY, and whether the index has all sessions.
They are of several pages: the server ends a page early if a query takes long."
  (let ((matches nil)
        (cursor nil)
        (result nil))
    (while (or (null result) (and cursor (< (length matches) hfs--most-matches)))
      (setq result (hfs--request :hfs/search
                                 (append (list :query query
                                               :limit (- hfs--most-matches (length matches)))
                                         (and cursor (list :cursor cursor))))
            cursor (plist-get result :nextCursor)
            matches (append matches (plist-get result :matches) nil)))
    (cons matches (not (eq (plist-get result :isComplete) :json-false)))))

(defun hfs-search (query)
  "List what is found for QUERY in sessions; RET goes to the message."
  (interactive "sSearch sessions: ")
  (let* ((found (hfs--matches query))
         (matches (car found)))
    (unless matches
      (user-error (if (cdr found) "Nothing found" "Nothing found yet")))
    (funcall
     xref-show-xrefs-function
     (lambda ()
       (mapcar (lambda (match)
                 (xref-make (hfs--snippet match)
                            (hfs--place (plist-get match :session)
                                        (plist-get match :messageIndex))))
               matches))
     `((window . ,(selected-window))))))

(defun hfs-export (id format destination &optional redact)
  "Write the session ID as FORMAT to DESTINATION, a file or a folder.
FORMAT is markdown, html or json.  With REDACT, replace secrets by markers."
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
                                      :redact (if redact t :json-false)
                                      :overwrite (if overwrite t :json-false)))))
      (message "Exported to %s"
               (decode-coding-string
                (url-unhex-string (string-remove-prefix "file://" (plist-get result :uri)))
                'utf-8)))))

(defun hfs--secret (secret)
  "The marker of SECRET, how often it stands in the session, and where at first."
  (let ((places (append (plist-get secret :places) nil)))
    (format "%s (%d): %s%s" (plist-get secret :marker) (plist-get secret :count)
            (mapconcat (lambda (place)
                         (format "%s%s" (plist-get place :part)
                                 (if (plist-get place :number)
                                     (format " %d" (plist-get place :number))
                                   "")))
                       (seq-take places 3) ", ")
            (if (nthcdr 3 places) ", ..." ""))))

(defun hfs-share (id format destination)
  "Write the session ID as FORMAT to DESTINATION, with secrets replaced by markers.
Shows what is found before that, and where it stands."
  (interactive (list (hfs--read-session)
                     (completing-read "Format: " '("html" "markdown" "json") nil t nil nil "html")
                     (read-file-name "Export to (a file or a folder): "
                                     default-directory default-directory)))
  (let ((secrets (append (plist-get (hfs--request :hfs/findSecrets (list :sessionId id)) :secrets)
                         nil)))
    (message "%s"
             (mapconcat #'identity
                        (append (mapcar #'hfs--secret secrets)
                                '("Redaction is best effort: read the file before you share it."))
                        "\n"))
    (hfs-export id format destination t)))

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

(defvar hfs--imports 0
  "How many imports there were; each has the number as the token of its progress.")

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

(defun hfs-import (file)
  "Import FILE: an export, a file of another tool, a folder or a zip archive."
  (interactive "fImport: ")
  (hfs--import (list :uri (hfs--uri file))))

(defun hfs--sources ()
  "The tools on this machine that have sessions, as the server found them."
  (append (plist-get (hfs--request :hfs/listSources nil) :sources) nil))

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
