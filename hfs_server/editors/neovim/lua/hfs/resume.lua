-- Sessions that go on in the tool that wrote them.

local client = require('hfs.client')
local format = require('hfs.format')
local sessions = require('hfs.sessions')

local M = {}

-- A line for the question if the tool cannot run where the session was.
local function missing(found)
  local folder = found.session.workingDirectory
  if type(folder) ~= 'string' or folder == '' or type(found.resume.directory) == 'string' then
    return ''
  end
  local shown = format.on_one_line(folder):gsub('%c', '?')
  return ("The session's folder is not on this machine: %s\n"):format(shown)
end

-- Runs nothing before its command and its folder were shown.
local function run(found)
  if not found.resume or found.resume == vim.NIL then
    client.info('no command is known that continues this session')
    return
  end
  local words, folder = found.resume.command, found.resume.directory
  folder = folder and folder ~= vim.NIL and folder or vim.fn.getcwd()
  local line = ('%s in %s'):format(table.concat(words, ' '), vim.fn.fnamemodify(folder, ':~'))
  if vim.fn.confirm(missing(found) .. 'Run ' .. line .. '?', '&Yes\n&No', 2) == 1 then
    vim.cmd('tabnew')
    vim.fn.termopen(words, { cwd = folder })
    vim.cmd('startinsert')
  end
end

local function find(id)
  client.request('hfs/findSession', { sessionId = id }, run)
end

-- :HfsResume [id]
function M.run(command)
  local id = tonumber(command.args) or sessions.shown_id()
  if id then
    find(id)
  else
    sessions.choose({}, find)
  end
end

return M
