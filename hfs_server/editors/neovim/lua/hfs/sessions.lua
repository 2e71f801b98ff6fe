-- Sessions to choose from, and their text in buffers named hfs:///sessions/<id>.md.

local client = require('hfs.client')
local format = require('hfs.format')

local M = {}

-- The line at which a message begins, or else the one before it that has such a line.
local function line_of(number, lines)
  local nearest = 1
  for index, line in ipairs(lines) do
    local at = line:match('^### (%d+)%. ') or line:match('^<summary>(%d+)%. ')
    at = tonumber(at or line:match('^%*(%d+)%. Result'))
    if at == number then
      return index
    elseif at and at < number then
      nearest = index
    end
  end
  return nearest
end

local function go_to_message(number, buffer, lines)
  for _, window in ipairs(vim.fn.win_findbuf(buffer)) do
    vim.api.nvim_win_set_cursor(window, { line_of(number, lines), 0 })
    vim.api.nvim_win_call(window, function()
      vim.cmd('normal! zt')
    end)
  end
end

local function fill(buffer, uri, lines)
  if not vim.api.nvim_buf_is_valid(buffer) then
    return
  end
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].buftype, vim.bo[buffer].swapfile = 'nofile', false
  vim.bo[buffer].modifiable, vim.bo[buffer].modified = false, false
  vim.bo[buffer].filetype = uri:match('%.json$') and 'json' or 'markdown'
  local number = tonumber(uri:match('#message%-(%d+)$'))
  if number then
    go_to_message(number, buffer, lines)
  end
end

-- Shows the text of a session in its buffer.
function M.read(uri, buffer)
  client.request('workspace/textDocumentContent', { uri = uri }, function(result)
    local lines = vim.split(result.text, '\n', { plain = true })
    if lines[#lines] == '' then
      table.remove(lines)
    end
    fill(buffer, uri, lines)
  end)
end

-- An entry of the quickfix list that leads to a message of a session.
function M.entry(session, number, text)
  local fragment = number > 0 and ('#message-%d'):format(number) or ''
  local filename = ('hfs:///sessions/%d.md%s'):format(session.id, fragment)
  return { filename = filename, valid = 1, text = text }
end

-- Calls back with all sessions that the filters let through, which are asked for page by page.
function M.list(filters, on_found, cursor, found)
  found = found or {}
  local params = vim.tbl_extend('force', { limit = 500, cursor = cursor }, filters)
  client.request('hfs/listSessions', params, function(result)
    vim.list_extend(found, result.sessions)
    if type(result.nextCursor) == 'string' then
      M.list(filters, on_found, result.nextCursor, found)
    else
      on_found(found)
    end
  end)
end

function M.open(id)
  vim.cmd('edit ' .. ('hfs:///sessions/%d.md'):format(id))
end

-- Lets the user choose from the sessions that the filters let through.
function M.choose(filters, on_choice)
  M.list(filters, function(sessions)
    if #sessions == 0 then
      client.info('there is no such session')
      return
    end
    local lines = {}
    for index, line in ipairs(format.sessions(sessions)) do
      lines[sessions[index].id] = line
    end
    vim.ui.select(sessions, {
      prompt = 'Session',
      kind = 'hfs.session',
      format_item = function(session)
        return lines[session.id]
      end,
    }, function(session)
      if session then
        on_choice(session.id)
      end
    end)
  end)
end

-- The id of the session that is shown; nil if none is.
function M.shown_id()
  return tonumber(vim.api.nvim_buf_get_name(0):match('^hfs:///sessions/(%d+)%.'))
end

-- The ids that a command was given, or that of the session that is shown; nil if there is none.
function M.ids_of(command)
  local ids = vim.tbl_map(tonumber, command.fargs)
  if #command.fargs == 0 then
    ids = { M.shown_id() }
  end
  if #ids == 0 or #ids < #command.fargs then
    client.error('expected the number of a session')
    return nil
  end
  return ids
end

-- :HfsSessions [text]
function M.choose_named(command)
  M.choose({ query = command.args ~= '' and command.args or nil }, M.open)
end

-- :HfsSubagents [id]
function M.choose_below(command)
  local ids = M.ids_of(command)
  if ids then
    M.choose({ parentId = ids[1] }, M.open)
  end
end

return M
