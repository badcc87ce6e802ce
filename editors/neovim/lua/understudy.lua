--- Understudy in Neovim 0.8 or newer: put this folder on the runtime path, then `require('understudy').setup()`.
--- docs/editors.md says what comes of it.

local M = {}

local defaults = {
  --- What starts the server.
  cmd = { 'understudy', 'serve' },
  filetypes = { 'sql', 'python' },
  --- What the project's folder holds.
  root_markers = { 'understudy.toml', 'pyproject.toml', 'dbt_project.yml', '.git' },
  --- Settings as in understudy.toml; they go before it.
  settings = vim.empty_dict(),
  --- Whether SQL may be run and servers be asked: false, or a function of the folder.
  trusted = true,
  --- The key that takes ghost text, such as '<Tab>'; false for none. Needs Neovim 0.11.
  ghost_text = false,
}

local function told(message, level)
  vim.notify(message, level or vim.log.levels.INFO)
end

--- The server of the buffer.
local function client_of(buffer)
  local clients = (vim.lsp.get_clients or vim.lsp.get_active_clients)({ name = 'understudy', bufnr = buffer })
  if not clients[1] then
    told('Understudy is not running here; open an SQL or Python file of a project.', vim.log.levels.WARN)
  end
  return clients[1]
end

--- Runs a command of the server. `after` gets its answer; without it the answer's message is shown.
function M.run(name, argument, after)
  local buffer = vim.api.nvim_get_current_buf()
  local client = client_of(buffer)
  if not client then
    return
  end
  local params = { command = name, arguments = { argument } }
  local function answered(failure, answer)
    if failure then
      told(failure.message, vim.log.levels.ERROR)
    elseif after then
      after(answer)
    end
  end
  if vim.fn.has('nvim-0.11') == 1 then
    client:request('workspace/executeCommand', params, answered, buffer)
  else
    client.request('workspace/executeCommand', params, answered, buffer)
  end
end

--- The place of the cursor as the server takes it.
local function here()
  local client = client_of(0)
  local at = vim.lsp.util.make_position_params(0, client and client.offset_encoding or 'utf-16')
  return { uri = at.textDocument.uri, line = at.position.line, character = at.position.character }
end

local function create_commands()
  local command = vim.api.nvim_create_user_command
  command('UnderstudyTeach', function(given)
    local argument = given.bang and { path = vim.uri_from_bufnr(0) } or vim.empty_dict()
    M.run('understudy.distill', argument, function(outcome)
      M.last_outcome = outcome
      told('Understudy: ' .. outcome.message)
    end)
  end, { bang = true, desc = 'Teach from this project; with ! from this file' })
  command('UnderstudyCancel', function()
    M.run('understudy.cancel')
  end, { desc = 'Stop teaching; what was admitted is kept' })
  command('UnderstudyExplain', function()
    M.run('understudy.explain', here())
  end, { desc = 'Explain the query at the cursor' })
  command('UnderstudyGenerate', function()
    M.run('understudy.generate', here())
  end, { desc = 'Write the query that answers the comment at the cursor' })
  command('UnderstudyDoctor', function()
    M.run('understudy.doctor', nil, function(checks)
      told(vim.inspect(checks))
    end)
  end, { desc = 'What is configured, reachable and sandboxed' })
end

--- `:echo v:lua.require'understudy'.progress()`, or in a statusline: what is under way, empty when nothing is.
function M.progress()
  return M.under_way or ''
end

--- `vim.lsp.status()` and the event LspProgress came with 0.10; this keeps the last word for a statusline on any version.
local function on_progress(_, result, context, config)
  local value = result.value
  if type(value) == 'table' and value.kind then
    M.under_way = value.kind ~= 'end' and ('%s %s%%'):format(value.message or value.title or '', value.percentage or 0) or nil
    vim.cmd.redrawstatus()
  end
  local usual = vim.lsp.handlers['$/progress']
  if usual then
    usual(nil, result, context, config)
  end
end

--- Starts the server for SQL and Python files. `options` may hold any key of `defaults` above.
function M.setup(options)
  options = vim.tbl_extend('force', defaults, options or {})
  create_commands()
  if options.ghost_text and vim.fn.has('nvim-0.11') == 1 then
    require('understudy.ghost_text').enable(options.ghost_text)
  end
  local function initialization(root)
    local trusted = options.trusted
    if type(trusted) == 'function' then
      trusted = trusted(root)
    end
    return { settings = options.settings, trusted = trusted }
  end
  local config = {
    cmd = options.cmd,
    filetypes = options.filetypes,
    root_markers = options.root_markers,
    handlers = { ['$/progress'] = on_progress },
    before_init = function(params, started)
      params.initializationOptions = initialization(started.root_dir)
    end,
  }
  if vim.lsp.config and vim.lsp.enable then
    vim.lsp.config('understudy', config)
    vim.lsp.enable('understudy')
    return
  end
  vim.api.nvim_create_autocmd('FileType', {
    pattern = options.filetypes,
    callback = function(event)
      local found = vim.fs.find(options.root_markers, { path = vim.fs.dirname(event.file), upward = true })[1]
      local start = { name = 'understudy', root_dir = found and vim.fs.dirname(found) }
      vim.lsp.start(vim.tbl_extend('error', config, start), { bufnr = event.buf })
    end,
  })
end

return M
