-- What is found in sessions, in the quickfix list; an entry opens the message.

local client = require('hfs.client')
local format = require('hfs.format')
local sessions = require('hfs.sessions')

local M = {}

local MOST_MATCHES = 200

-- The first matches, of several pages: the server ends a page early if a query takes long.
local function find(query, on_found, cursor, matches)
  matches = matches or {}
  local params = { query = query, limit = MOST_MATCHES - #matches, cursor = cursor }
  client.request('hfs/search', params, function(result)
    vim.list_extend(matches, result.matches)
    if type(result.nextCursor) == 'string' and #matches < MOST_MATCHES then
      find(query, on_found, result.nextCursor, matches)
    else
      on_found(matches, result.isComplete)
    end
  end)
end

-- :HfsSearch {words}
function M.run(command)
  find(command.args, function(matches, is_complete)
    local items = {}
    for _, match in ipairs(matches) do
      local text = ('%s: %s'):format(format.on_one_line(match.session.name), match.snippet)
      table.insert(items, sessions.entry(match.session, match.messageIndex, text))
    end
    vim.fn.setqflist({}, ' ', { title = 'HFS: ' .. command.args, items = items })
    if #items == 0 then
      client.info(is_complete and 'nothing found' or 'nothing found yet')
    else
      vim.cmd('copen')
    end
  end)
end

return M
