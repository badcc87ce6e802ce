--- Ghost text in Neovim 0.11 or newer: asked for while one types, shown behind the cursor, taken at a key.
--- Knows no more of the server than `textDocument/inlineCompletion`.

local M = {}

local space = vim.api.nvim_create_namespace('understudy_ghost_text')
local AUTOMATIC = 2

--- What is shown: `buffer`, `row` and `column` of the cursor, `lines`, `client`, `command`; nil when nothing is.
local shown
--- Ends the request that is under way.
local forget = function() end

local function hide()
  forget()
  if shown and vim.api.nvim_buf_is_valid(shown.buffer) then
    vim.api.nvim_buf_clear_namespace(shown.buffer, space, 0, -1)
  end
  shown = nil
end

local function show(suggestion)
  shown = suggestion
  local below = {}
  for at = 2, #suggestion.lines do
    below[#below + 1] = { { suggestion.lines[at], 'UnderstudyGhostText' } }
  end
  vim.api.nvim_buf_set_extmark(suggestion.buffer, space, suggestion.row, suggestion.column, {
    virt_text = { { suggestion.lines[1], 'UnderstudyGhostText' } },
    virt_text_pos = 'inline',
    virt_lines = below,
  })
end

--- Where the cursor is, and in which state of which buffer.
local function place()
  local row, column = unpack(vim.api.nvim_win_get_cursor(0))
  return { buffer = vim.api.nvim_get_current_buf(), row = row - 1, column = column, tick = vim.b.changedtick }
end

local function ask()
  hide()
  local at = place()
  local client = vim.lsp.get_clients({ name = 'understudy', bufnr = at.buffer })[1]
  if not client then
    return
  end
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  params.context = { triggerKind = AUTOMATIC }
  local _, id = client:request('textDocument/inlineCompletion', params, function(failure, answer)
    local item = not failure and answer and (answer.items or answer)[1]
    -- The answer is for the place it was asked at; whoever has typed on is answered anew.
    if item and vim.startswith(vim.fn.mode(), 'i') and vim.deep_equal(at, place()) then
      local lines = vim.split(item.insertText, '\n', { plain = true })
      show(vim.tbl_extend('error', at, { lines = lines, client = client, command = item.command }))
    end
  end, at.buffer)
  forget = function()
    forget = function() end
    if id then
      client:cancel_request(id)
    end
  end
end

--- Writes what is shown, and tells the server that it was taken; whether anything was shown.
function M.accept()
  local taken = shown
  hide()
  if not taken then
    return false
  end
  local row, lines = taken.row, taken.lines
  vim.api.nvim_buf_set_text(taken.buffer, row, taken.column, row, taken.column, lines)
  local left = #lines == 1 and taken.column or 0
  vim.api.nvim_win_set_cursor(0, { row + #lines, left + #lines[#lines] })
  if taken.command then
    local params = { command = taken.command.command, arguments = taken.command.arguments }
    taken.client:request('workspace/executeCommand', params, function() end, taken.buffer)
  end
  return true
end

--- Text that is shown at the cursor, for a statusline or a script; nil when nothing is.
function M.text()
  return shown and table.concat(shown.lines, '\n')
end

--- From now on in every buffer of the server; `key` takes what is shown, and does what it always does where nothing is.
function M.enable(key)
  vim.api.nvim_set_hl(0, 'UnderstudyGhostText', { link = 'Comment', default = true })
  local group = vim.api.nvim_create_augroup('understudy_ghost_text', {})
  vim.api.nvim_create_autocmd({ 'InsertEnter', 'CursorMovedI' }, { group = group, callback = ask })
  vim.api.nvim_create_autocmd({ 'InsertLeave', 'BufLeave' }, { group = group, callback = hide })
  vim.keymap.set('i', key, function()
    if not M.accept() then
      vim.api.nvim_feedkeys(vim.keycode(key), 'n', false)
    end
  end, { desc = 'Take the ghost text' })
end

return M
