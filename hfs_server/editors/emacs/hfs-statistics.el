;;; hfs-statistics.el --- What the sessions amount to  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Counts and tokens of all sessions, or of those of a project.

;;; Code:

(require 'hfs-client)

(defun hfs--statistics-line (name item)
  "A line with NAME and what its sessions amount to, as in ITEM."
  (let ((usage (plist-get item :usage)))
    (format "%s: %d sessions, %d messages, %d prompts, %d tool calls, %d tokens in, %d out"
            name (plist-get item :sessions) (plist-get item :messages)
            (plist-get item :prompts) (plist-get item :toolCalls)
            (or (plist-get usage :inputTokens) 0) (or (plist-get usage :outputTokens) 0))))

;;;###autoload
(defun hfs-statistics (&optional project)
  "Show what the sessions amount to.
With a prefix argument, those of the folder PROJECT."
  (interactive (list (and current-prefix-arg (read-directory-name "Project: "))))
  (let ((result (hfs--request :hfs/statistics
                              (and project (list :project (expand-file-name project))))))
    (message "%s" (mapconcat #'identity
                             (cons (hfs--statistics-line "All" result)
                                   (mapcar (lambda (tool)
                                             (hfs--statistics-line (plist-get tool :tool) tool))
                                           (plist-get result :byTool)))
                             "\n"))))

(provide 'hfs-statistics)
;;; hfs-statistics.el ends here
