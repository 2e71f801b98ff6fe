;;; hfs.el --- AI sessions: list, search, read, export, import  -*- lexical-binding: t; -*-

;; Author: The hfs-server authors
;; Version: 0.1.0
;; Package-Requires: ((emacs "28.1"))
;; Keywords: tools, convenience
;; URL: https://repository.example/hfs-server
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Sessions of AI tools in the store of hfs-server, which must be in PATH:
;;
;;   M-x hfs-sessions     choose a session and read it as Markdown
;;   M-x hfs-list         list all sessions in columns, to read, rename and delete
;;   M-x hfs-list-deleted list the deleted sessions; u restores the one at point
;;   M-x hfs-search       list what is found in sessions, as xref lists references
;;   M-x hfs-rename, hfs-delete, hfs-restore
;;                        the same for a session that is chosen
;;   M-x hfs-resume       continue a session in the tool that wrote it, in a terminal
;;   M-x hfs-export       write a session to a file, as Markdown, HTML or JSON
;;   M-x hfs-share        the same with secrets replaced; shows what was found, and where
;;   M-x hfs-export-all   write a file for each session to a folder or a .zip file
;;   M-x hfs-import       import an export, a file of another tool, a folder of such
;;                        files, or a zip archive
;;   M-x hfs-sources      list the tools on this machine; RET imports from the one at point
;;   M-x hfs-import-from  choose another tool on this machine, and import its sessions;
;;                        C-g cancels it, and what it has imported stays
;;   M-x hfs-statistics   show what the sessions amount to
;;   M-x hfs-blame        the sessions that wrote this line; with C-u those that edited
;;                        this file
;;   M-x hfs-annotate-mode  show in the echo area which session wrote the line at point;
;;                        (add-hook 'prog-mode-hook #'hfs-annotate-mode) for all files
;;
;; With (hfs-eglot-setup) in your init file, session files that you visit are checked by
;; Eglot: problems, the message at point, and a fix for older documents.

;;; Code:

(dolist (each '(("hfs-read" hfs-sessions)
                ("hfs-list" hfs-list hfs-list-deleted)
                ("hfs-changes" hfs-rename hfs-delete hfs-restore)
                ("hfs-resume" hfs-resume)
                ("hfs-search" hfs-search)
                ("hfs-export" hfs-export hfs-share hfs-export-all)
                ("hfs-import" hfs-import hfs-import-from)
                ("hfs-sources" hfs-sources)
                ("hfs-statistics" hfs-statistics)
                ("hfs-blame" hfs-blame hfs-annotate-mode)
                ("hfs-eglot" hfs-file-mode hfs-eglot-setup)))
  (dolist (command (cdr each))
    (autoload command (car each) nil t)))

(provide 'hfs)
;;; hfs.el ends here
