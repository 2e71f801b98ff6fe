;;; hfs-format.el --- Sessions in words  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; What sessions are called, and the rows of tables.

;;; Code:

(require 'iso8601)
(require 'seq)
(require 'subr-x)
(require 'tabulated-list)

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

(defun hfs--name (session)
  "The name of SESSION on one line."
  (let ((name (hfs--one-line (plist-get session :name))))
    (if (string-empty-p name) "(no name)" name)))

(defun hfs--facts (session)
  "The last activity of SESSION, and its messages, tool and project."
  (let ((count (plist-get session :messageCount))
        (project (hfs--project session)))
    (format "  %s, %d message%s, %s%s" (hfs--activity session) count (if (= count 1) "" "s")
            (plist-get session :tool)
            (if (string-empty-p project) "" (concat ", " project)))))

(defun hfs--choice (session)
  "What SESSION is called among those to choose from."
  (format "%d  %s" (plist-get session :id) (hfs--name session)))

(defun hfs--by-number (column)
  "How rows are sorted by the number in COLUMN."
  (lambda (one other)
    (< (string-to-number (aref (cadr one) column))
       (string-to-number (aref (cadr other) column)))))

(defun hfs--id-at-point ()
  "The id of the row at point."
  (or (tabulated-list-get-id) (user-error "There is nothing on this line")))

(provide 'hfs-format)
;;; hfs-format.el ends here
