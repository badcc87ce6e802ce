;;; understudy.el --- Understudy through Eglot  -*- lexical-binding: t -*-

;; Package-Requires: ((emacs "29.1"))

;;; Commentary:

;; Put this folder on `load-path', then (require 'understudy) and (add-hook 'sql-mode-hook #'eglot-ensure).
;; docs/editors.md says what comes of it.  Ghost text: `understudy-ghost-text-mode' in the same hook.

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

;;; Ghost text

(defface understudy-ghost-text '((t :inherit shadow :slant italic))
  "How a suggestion looks before it is taken.")

(defcustom understudy-ghost-text-delay 0.1
  "Seconds without a key before a suggestion is asked for."
  :type 'number)

(defvar-local understudy--ghost nil
  "The overlay with the suggestion; nil when nothing is shown.")
(defvar-local understudy--place nil
  "Where and in which state of the text the last suggestion was asked for.")
(defvar-local understudy--timer nil
  "Asks soon.")

(defvar-keymap understudy-ghost-text-map
  :doc "Keys while a suggestion is shown."
  "TAB" #'understudy-accept
  "<tab>" #'understudy-accept
  "C-g" #'understudy-dismiss)
(add-to-list 'minor-mode-map-alist (cons 'understudy--ghost understudy-ghost-text-map))

(defun understudy-dismiss ()
  "Show no suggestion any more."
  (interactive)
  (when understudy--ghost
    (delete-overlay understudy--ghost)
    (setq understudy--ghost nil)))

(defun understudy-accept ()
  "Write the suggestion that is shown, and tell the server that it was taken."
  (interactive)
  (when understudy--ghost
    (let ((item (overlay-get understudy--ghost 'understudy-item)))
      (understudy-dismiss)
      (insert (plist-get item :insertText))
      (eglot--signal-textDocument/didChange)
      (when-let* ((command (plist-get item :command)))
        (understudy--run (plist-get command :command) (aref (plist-get command :arguments) 0))))))

(defun understudy--show (item)
  "Show the suggestion ITEM at point."
  (let ((text (propertize (plist-get item :insertText) 'face 'understudy-ghost-text)))
    (understudy-dismiss)
    (setq understudy--ghost (make-overlay (point) (point)))
    (overlay-put understudy--ghost 'understudy-item item)
    ;; The cursor stays before it.
    (overlay-put understudy--ghost 'after-string (propertize text 'cursor t))))

(defun understudy--here-and-now ()
  "A place in a state of the text."
  (cons (point) (buffer-chars-modified-tick)))

(defun understudy--ask (buffer)
  "Ask for a suggestion at point in BUFFER; show it if point is still there."
  (when (buffer-live-p buffer)
    (with-current-buffer buffer
      (when-let* ((server (eglot-current-server))
                  (place (understudy--here-and-now)))
        (eglot--signal-textDocument/didChange)
        (jsonrpc-async-request
         server :textDocument/inlineCompletion
         (append (eglot--TextDocumentPositionParams) '(:context (:triggerKind 2)))
         :success-fn
         (lambda (answer)
           (when (buffer-live-p buffer)
             (with-current-buffer buffer
               (let ((items (plist-get answer :items)))
                 (when (and (equal place (understudy--here-and-now)) (< 0 (length items)))
                   (understudy--show (aref items 0)))))))
         :error-fn #'ignore
         ;; The first answer waits for the project; one that comes too late is not shown.
         :timeout nil)))))

(defun understudy--ask-soon ()
  "Ask anew when point or the text has changed."
  (let ((place (understudy--here-and-now)))
    (unless (equal place understudy--place)
      (setq understudy--place place)
      (understudy-dismiss)
      (when understudy--timer
        (cancel-timer understudy--timer))
      (setq understudy--timer
            (run-with-timer understudy-ghost-text-delay nil #'understudy--ask (current-buffer))))))

;;;###autoload
(define-minor-mode understudy-ghost-text-mode
  "Suggest code behind point while one types; TAB takes it."
  :lighter nil
  (if understudy-ghost-text-mode
      (add-hook 'post-command-hook #'understudy--ask-soon nil t)
    (remove-hook 'post-command-hook #'understudy--ask-soon t)
    (understudy-dismiss)))

(provide 'understudy)
;;; understudy.el ends here
