-- Sessions that are exported: one, one with its secrets replaced, or all.

local client = require('hfs.client')
local paths = require('hfs.paths')

local M = {}

-- Calls back with the params of an export, from "{id} [format] [path]".
local function with_params(command, default, callback)
  local id, format, rest = command.args:match('^(%S+)%s*(%S*)%s*(.*)$')
  if not tonumber(id) then
    client.error('expected the number of a session, not ' .. id)
    return
  end
  callback({
    sessionId = tonumber(id),
    format = format ~= '' and format or default,
    destination = rest ~= '' and vim.uri_from_fname(paths.of(rest)) or nil,
    overwrite = command.bang,
  })
end

local function export(params, words)
  client.request('hfs/export', params, function(result)
    table.insert(words, 'hfs: exported to ' .. vim.uri_to_fname(result.uri))
    vim.notify(table.concat(words, '\n'))
  end)
end

-- :HfsExport[!] {id} [format] [path]
function M.run(command)
  with_params(command, 'markdown', function(params)
    export(params, {})
  end)
end

-- Where a secret stands, in a few words.
local function places_of(secret)
  local words = {}
  for index, place in ipairs(secret.places) do
    local number = type(place.number) == 'number' and ' ' .. place.number or ''
    table.insert(words, index == 4 and '...' or place.part .. number)
    if index == 4 then
      break
    end
  end
  return ('%s (%d): %s'):format(secret.marker, secret.count, table.concat(words, ', '))
end

-- :HfsShare[!] {id} [format] [path]
function M.share(command)
  with_params(command, 'html', function(params)
    client.request('hfs/findSecrets', { sessionId = params.sessionId }, function(result)
      local found = vim.tbl_map(places_of, result.secrets)
      table.insert(found, 'hfs: redaction is best effort; read the file before you share it')
      export(vim.tbl_extend('error', params, { redact = true }), found)
    end)
  end)
end

-- :HfsExportAll {path}
function M.all(command)
  local destination = vim.uri_from_fname(paths.of(command.args))
  client.request('hfs/exportAll', { destination = destination }, function(result)
    local form = '%d sessions exported, %d unchanged, %d failed: %s'
    local path = vim.uri_to_fname(result.uri)
    client.info(form:format(result.written, result.unchanged, #result.failed, path))
  end)
end

return M
