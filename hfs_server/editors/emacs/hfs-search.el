;;; hfs-search.el --- Search of sessions  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; What is found in sessions, listed as xref lists references.

;;; Code:

(require 'cl-lib)
(require 'xref)
(require 'hfs-client)
(require 'hfs-format)
(require 'hfs-read)

(cl-defstruct (hfs--place (:constructor hfs--place (session number)))
  "A message of a session." session number)

(cl-defmethod xref-location-marker ((place hfs--place))
  "Where PLACE is in the buffer of its session."
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

;;;###autoload
(defun hfs-search (query)
  "List what is found for QUERY in sessions, as links to the messages."
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

(provide 'hfs-search)
;;; hfs-search.el ends here
