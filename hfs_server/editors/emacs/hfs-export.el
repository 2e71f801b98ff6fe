;;; hfs-export.el --- Export of sessions  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Sessions written to files: one, one with its secrets replaced, or all.

;;; Code:

(require 'seq)
(require 'url-util)
(require 'hfs-client)
(require 'hfs-read)

;;;###autoload
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

;;;###autoload
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

;;;###autoload
(defun hfs-export-all (destination)
  "Write a file for each session to DESTINATION, a folder or a .zip file."
  (interactive (list (read-file-name "Export all to (a folder or a .zip file): ")))
  (let ((result (hfs--request :hfs/exportAll (list :destination (hfs--uri destination)))))
    (message "%d sessions exported, %d unchanged, %d failed" (plist-get result :written)
             (plist-get result :unchanged) (length (plist-get result :failed)))))

(provide 'hfs-export)
;;; hfs-export.el ends here
