-- Sessions that are renamed, deleted and restored.

local client = require('hfs.client')
local format = require('hfs.format')
local sessions = require('hfs.sessions')

local M = {}

-- :HfsRename {id} {name}
function M.rename(command)
  local id, name = command.args:match('^(%-?%d+)%s+(.+)$')
  if not id then
    client.error('expected the number of a session and its new name')
    return
  end
  client.request('hfs/renameSession', { sessionId = tonumber(id), name = name }, function(result)
    client.info(('session %d is now %s'):format(result.session.id, result.session.name))
  end)
end

local function delete(id)
  client.request('hfs/deleteSession', { sessionId = id }, function(result)
    local more = result.sessionCount - 1
    local below = more > 0 and (' with %d below it'):format(more) or ''
    client.info(('deleted session %d%s; :HfsRestore %d restores it'):format(id, below, id))
  end)
end

-- :HfsDelete[!] [id...]
function M.delete(command)
  local ids = sessions.ids_of(command)
  if not ids then
    return
  end
  local what = #ids == 1 and 'session ' .. ids[1] or format.counted(#ids, 'session')
  if not command.bang and vim.fn.confirm('Delete ' .. what .. '?', '&Yes\n&No', 2) ~= 1 then
    return
  end
  for _, id in ipairs(ids) do
    delete(id)
  end
end

local function restore(id)
  client.request('hfs/restoreSession', { sessionId = id }, function(result)
    client.info(('restored session %d: %s'):format(result.session.id, result.session.name))
  end)
end

-- :HfsRestore [id...]
function M.restore(command)
  if #command.fargs == 0 then
    sessions.choose({ deleted = true }, restore)
    return
  end
  for _, id in ipairs(sessions.ids_of(command) or {}) do
    restore(id)
  end
end

return M
