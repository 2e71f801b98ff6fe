-- Which sessions edited a file or wrote a line of it, in the quickfix list.

local client = require('hfs.client')
local format = require('hfs.format')
local sessions = require('hfs.sessions')

local M = {}

local function item(edit)
  local time = type(edit.createdAt) == 'string' and edit.createdAt:sub(1, 10) .. ' ' or ''
  local name = format.on_one_line(edit.session.name)
  local text = ('%s%s by %s: %s'):format(time, edit.kind, edit.session.tool, name)
  return sessions.entry(edit.session, edit.messageIndex, text)
end

-- Lists what sessions did to a file, or which ones wrote a line of it.
function M.show(params)
  client.request('hfs/sessionsOfFile', params, function(result)
    if #result.edits == 0 then
      local what = params.line and 'written this line' or 'edited this file'
      client.info('no session is known to have ' .. what)
      return
    end
    local items = vim.tbl_map(item, result.edits)
    vim.fn.setqflist({}, ' ', { title = 'AI sessions', items = items })
    vim.cmd('copen')
  end)
end

-- :HfsBlame[!]
function M.run(command)
  local params = { uri = vim.uri_from_bufnr(0) }
  if vim.api.nvim_buf_get_name(0) == '' or not params.uri:match('^file:') then
    client.info('this buffer has no file')
    return
  end
  if not command.bang then
    params.line = vim.fn.line('.') - 1
    params.text = vim.api.nvim_get_current_line()
  end
  M.show(params)
end

return M
