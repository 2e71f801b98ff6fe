;;; hfs-client.el --- The server of HFS sessions  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; The connection to hfs-server, which is started for the first request.

;;; Code:

(require 'jsonrpc)
(require 'url-util)

(defgroup hfs nil
  "AI sessions in Emacs."
  :group 'tools
  :prefix "hfs-")

(defcustom hfs-command '("hfs-server")
  "The program that serves the sessions, and its arguments."
  :type '(repeat string))

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
  "Return the result of METHOD with PARAMS.
Signal a failure with the server's message."
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

(provide 'hfs-client)
;;; hfs-client.el ends here
