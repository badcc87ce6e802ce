;;; understudy.el --- Understudy through Eglot  -*- lexical-binding: t -*-

;; Package-Requires: ((emacs "29.1"))

;;; Commentary:

;; Put this folder on `load-path', then (require 'understudy) and (add-hook 'sql-mode-hook #'eglot-ensure).
;; docs/editors.md says what comes of it.

;;; Code:

(require 'eglot)

(defgroup understudy nil "A small student, coached by your own project." :group 'tools)

(defcustom understudy-command '("understudy" "serve")
  "What starts the server."
  :type '(repeat string))

(defcustom understudy-modes '((sql-mode :language-id "sql") (python-base-mode :language-id "python"))
  "The modes whose buffers the server serves.
Eglot runs one server in a buffer: leave Python out to keep another one there."
  :type 'sexp)

(defcustom understudy-settings nil
  "Settings as in understudy.toml, as a property list; they go before it."
  :type 'plist)

(defcustom understudy-trusted t
  "Whether SQL may be run and servers be asked: nil, t, or a function of the project's folder."
  :type '(choice boolean function))

(defvar understudy-last-outcome nil
  "What came of the last teaching, as a property list.")

(defun understudy--contact (&rest _)
  "How Eglot reaches the server."
  (let ((trusted (if (functionp understudy-trusted)
                     (funcall understudy-trusted default-directory)
                   understudy-trusted)))
    (append understudy-command
            (list :initializationOptions
                  (list :settings (or understudy-settings eglot--{})
                        :trusted (if trusted t :json-false))))))

(defun understudy--project (folder)
  "The project that FOLDER is in, when Eglot asks: where its settings are."
  (when (and (bound-and-true-p eglot-lsp-context) (derived-mode-p 'sql-mode 'python-base-mode))
    (let ((root (locate-dominating-file
                 folder
                 (lambda (each)
                   (seq-some (lambda (name) (file-exists-p (expand-file-name name each)))
                             '("understudy.toml" "pyproject.toml" "dbt_project.yml"))))))
      (and root (cons 'transient root)))))

(add-hook 'project-find-functions #'understudy--project)
(add-to-list 'eglot-server-programs (cons understudy-modes #'understudy--contact))

(defun understudy--run (command argument &optional after)
  "Ask the server for COMMAND with ARGUMENT without waiting; AFTER gets the answer."
  (jsonrpc-async-request
   (eglot--current-server-or-lose) :workspace/executeCommand
   (list :command command :arguments (vector argument))
   :success-fn (or after #'ignore)
   :error-fn (lambda (failure) (message "Understudy: %s" (plist-get failure :message)))
   :timeout nil))

(defun understudy--here ()
  "The place of point as the server takes it."
  (append (eglot--TextDocumentIdentifier) (eglot--pos-to-lsp-position)))

(defun understudy-teach (&optional file)
  "Teach from this project; with a prefix argument from this FILE.
Eglot shows the progress in the mode line."
  (interactive "P")
  (understudy--run
   "understudy.distill"
   (if file (list :path (plist-get (eglot--TextDocumentIdentifier) :uri)) eglot--{})
   (lambda (outcome)
     (setq understudy-last-outcome outcome)
     (message "Understudy: %s" (plist-get outcome :message)))))

(defun understudy-cancel ()
  "Stop teaching; what was admitted is kept."
  (interactive)
  (understudy--run "understudy.cancel" eglot--{}))

(defun understudy-explain ()
  "Explain the query at point."
  (interactive)
  (understudy--run "understudy.explain" (understudy--here)))

(defun understudy-generate ()
  "Write the query that answers the comment at point."
  (interactive)
  (understudy--run "understudy.generate" (understudy--here)))

(defun understudy-doctor ()
  "What is configured, reachable and sandboxed."
  (interactive)
  (understudy--run "understudy.doctor" eglot--{} (lambda (checks) (message "%S" checks))))

(provide 'understudy)
;;; understudy.el ends here
