;;; hfs-eglot.el --- Session files checked by Eglot  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; A mode for JSON and JSON Lines that hold a session, of HFS or of another tool.  In it,
;; Eglot shows what an import would reject or warn of, and the message at point.  The mode
;; is one of its own because Eglot starts a server for a mode: other JSON keeps its own.

;;; Code:

(autoload 'hfs-import "hfs-import" nil t)
(declare-function eglot-ensure "eglot")
(defvar eglot-server-programs)
(defvar hfs-command)

(defconst hfs--most-characters 65536
  "How much of a file is read to see whether it may hold a session.")

(defconst hfs--marks
  '("role" "messages" "history" "sessionId" "session_id" "payload" "instructions"
    "mapping" "conversation" "conversations" "conversationId" "requests" "responses"
    "chat" "chat_messages" "loglines" "isSidechain" "session_start" "session"
    "working_dir" "protocol_version" "resourceSpans" "zed" "bubbles" "parts"
    "projectHash" "checkpoints" "schema_version" "message" "sessionID" "session_name"
    "say" "prompt" "instruction" "from" "chosen" "chosen_messages" "cursorDiskKV"
    "snapshot" "leafUuid" "inputState" "transformedContent" "gemini")
  "One of these stands in every session file; the server knows whether it is one.")

(defun hfs-session-file-p ()
  "Whether this buffer visits JSON or JSON Lines that may hold a session."
  (and buffer-file-name
       (string-match-p "\\.jsonl?\\'" (downcase buffer-file-name))
       (save-excursion
         (goto-char (point-min))
         (and (looking-at-p "\ufeff?[[:space:]\n]*[[{]")
              (re-search-forward (concat "\"" (regexp-opt hfs--marks) "\"")
                                 (min (point-max) (+ (point) hfs--most-characters)) t)))
       t))

(defun hfs-import-this-file ()
  "Import the session file that this buffer visits, as it is on the disk."
  (interactive)
  (hfs-import buffer-file-name))

(defvar hfs-file-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "C-c C-c") #'hfs-import-this-file)
    map)
  "The keys of a session file.")

;;;###autoload
(define-derived-mode hfs-file-mode js-mode "Session"
  "A file of JSON or JSON Lines that holds a session."
  (require 'hfs-client)
  (when (require 'eglot nil t)
    (add-to-list 'eglot-server-programs
                 `((hfs-file-mode :language-id "json")
                   . (,@hfs-command :initializationOptions (:sessionFiles t))))
    (eglot-ensure)))

;;;###autoload
(defun hfs-eglot-setup ()
  "Visit session files in `hfs-file-mode', so that Eglot can check them.
Emacs 28 needs the package eglot for that; newer ones have it."
  (interactive)
  (add-to-list 'magic-mode-alist '(hfs-session-file-p . hfs-file-mode)))

(provide 'hfs-eglot)
;;; hfs-eglot.el ends here
