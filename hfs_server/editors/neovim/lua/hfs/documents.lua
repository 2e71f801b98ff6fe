-- Files that are open: which of them the server is sent, and the lenses on them.

local M = {}

-- How many lines and characters of a file are read to see whether it may hold a session.
local MOST_LINES, MOST_CHARACTERS = 200, 65536

-- One of these stands in every session file; the server knows whether it really is one.
local MARKS = {
  'role', 'messages', 'history', 'sessionId', 'session_id', 'payload', 'instructions', 'mapping',
  'conversation', 'conversations', 'conversationId', 'requests', 'responses', 'chat',
  'chat_messages', 'loglines', 'isSidechain', 'session_start', 'session', 'working_dir',
  'protocol_version', 'resourceSpans', 'zed', 'bubbles', 'parts', 'projectHash', 'checkpoints',
  'schema_version', 'message', 'sessionID', 'session_name', 'say', 'prompt', 'instruction',
  'from', 'chosen', 'chosen_messages', 'cursorDiskKV', 'snapshot', 'leafUuid', 'inputState',
  'transformedContent', 'gemini',
}

local attached = {}

-- Whether a text may hold a session, by its beginning.
function M.may_hold_session(text)
  local beginning = text:sub(1, MOST_CHARACTERS)
  if not beginning:match('^[\239\187\191%s]*[%[{]') then
    return false
  end
  for _, mark in ipairs(MARKS) do
    if beginning:find('"' .. mark .. '"', 1, true) then
      return true
    end
  end
  return false
end

local function is_json(buffer)
  local suffix = vim.api.nvim_buf_get_name(buffer):match('%.(%w+)$')
  local kinds = { suffix and suffix:lower() or '', vim.bo[buffer].filetype }
  for _, kind in ipairs(kinds) do
    if kind == 'json' or kind == 'jsonl' then
      return true
    end
  end
  return false
end

local function is_file(buffer)
  local name = vim.api.nvim_buf_get_name(buffer)
  return vim.bo[buffer].buftype == '' and name ~= '' and not name:match('^%a[%a%d+.-]+://')
end

local function is_wanted(buffer)
  local hfs = require('hfs')
  if hfs.annotates() then
    return true
  end
  if not (hfs.follows_session_files() and is_json(buffer)) then
    return false
  end
  local lines = vim.api.nvim_buf_get_lines(buffer, 0, MOST_LINES, false)
  return M.may_hold_session(table.concat(lines, '\n'))
end

local function refresh(buffer)
  if not vim.api.nvim_buf_is_loaded(buffer) then
    attached[buffer] = nil
    return
  end
  vim.api.nvim_buf_call(buffer, function()
    vim.lsp.codelens.refresh(vim.fn.has('nvim-0.10') == 1 and { bufnr = buffer } or nil)
  end)
end

local function refresh_all()
  for _, buffer in ipairs(vim.tbl_keys(attached)) do
    refresh(buffer)
  end
end

local function prepare()
  local client = require('hfs.client')
  client.on('hfs/didChangeSessions', vim.schedule_wrap(refresh_all))
  vim.lsp.commands['hfs.server.sessionsOfFile'] = function(command)
    require('hfs.blame').show({ uri = command.arguments[1].uri })
  end
  vim.lsp.commands['hfs.server.import'] = function(command)
    require('hfs.import').document(command.arguments[1].uri)
  end
  vim.lsp.commands['hfs.server.openSession'] = function(command)
    require('hfs.sessions').open(command.arguments[1].sessionId)
  end
end

local function attach(buffer)
  prepare()
  require('hfs.client').with(function(client)
    if vim.api.nvim_buf_is_loaded(buffer) then
      vim.lsp.buf_attach_client(buffer, client.id)
      attached[buffer] = client.id
      vim.schedule(function()
        refresh(buffer)
      end)
    end
  end)
end

-- Sends a file to the server if it is to be; of one that was written, asks for the lenses again.
function M.opened(buffer)
  if not is_file(buffer) then
    return
  end
  local running = require('hfs.client').running()
  if running and attached[buffer] == running.id then
    refresh(buffer)
  elseif is_wanted(buffer) then
    attach(buffer)
  end
end

return M
