-- HFS sessions in Neovim 0.7 or newer. Copy this file to ~/.config/nvim/plugin/hfs.lua.
--
--   :HfsSessions [text]                   choose a session (whose name has the text), and read it
--   :edit hfs:///sessions/12.md           read session 12 (or 12.json)
--   :HfsExport[!] {id} [format] [path]    markdown, html or json; the path may have blanks;
--                                         ! overwrites the file
--   :HfsImport {path}                     import an export, a file of another tool, a folder of
--                                         such files, or a zip archive
--   :HfsSources                           choose another tool on this machine, and import its
--                                         sessions

local client_id, waiting = nil, {}

local function send(client, method, params, on_result)
  local function respond(err, result)
    if err then
      vim.notify('hfs: ' .. err.message, vim.log.levels.ERROR)
    else
      on_result(result)
    end
  end
  if vim.fn.has('nvim-0.11') == 1 then
    client:request(method, params, respond)
  else
    client.request(method, params, respond)
  end
end

-- Sends a request, and starts the server with the first one.
local function request(method, params, on_result)
  local client = client_id and vim.lsp.get_client_by_id(client_id)
  if client and waiting == nil then
    send(client, method, params, on_result)
    return
  end
  if client_id and waiting then
    table.insert(waiting, { method, params, on_result })
    return
  end
  waiting = { { method, params, on_result } }
  local start = vim.fn.has('nvim-0.11') == 1 and vim.lsp.start or vim.lsp.start_client
  client_id = start({
    name = 'hfs-server',
    cmd = { 'hfs-server' },
    init_options = vim.empty_dict(),
    handlers = { ['hfs/didChangeSessions'] = function() end },
    on_init = function(started)
      local requests = waiting
      waiting = nil
      for _, each in ipairs(requests) do
        send(started, each[1], each[2], each[3])
      end
    end,
    on_exit = function()
      client_id = nil
    end,
  }, { attach = false })
end

local function read(uri, buffer)
  request('workspace/textDocumentContent', { uri = uri }, function(result)
    local lines = vim.split(result.text, '\n', { plain = true })
    if lines[#lines] == '' then
      table.remove(lines)
    end
    vim.bo[buffer].modifiable = true
    vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
    vim.bo[buffer].buftype = 'nofile'
    vim.bo[buffer].modifiable = false
    vim.bo[buffer].modified = false
    vim.bo[buffer].filetype = uri:match('%.json$') and 'json' or 'markdown'
  end)
end

vim.api.nvim_create_autocmd('BufReadCmd', {
  pattern = 'hfs:///*',
  callback = function(event)
    read(event.match, event.buf)
  end,
})

-- All sessions whose name has the text, page by page.
local function list(query, cursor, found, on_found)
  request('hfs/listSessions', { limit = 500, query = query, cursor = cursor }, function(result)
    vim.list_extend(found, result.sessions)
    if type(result.nextCursor) == 'string' then
      list(query, result.nextCursor, found, on_found)
    else
      on_found(found)
    end
  end)
end

-- The last activity in local time, and how many messages there are.
local function facts(session)
  local time = session.createdAt
  if type(session.updatedAt) == 'string' then
    time = session.updatedAt
  end
  local year, month, day, hour, minute = time:match('(%d+)-(%d+)-(%d+)T(%d+):(%d+)')
  local fields = { year = year, month = month, day = day, hour = hour, min = minute, isdst = false }
  local taken_as_local = os.time(fields)
  local in_utc = os.date('!*t', taken_as_local)
  in_utc.isdst = false
  local instant = 2 * taken_as_local - os.time(in_utc)
  local count = session.messageCount
  local messages = count == 1 and '1 message' or ('%d messages'):format(count)
  return os.date('%Y-%m-%d %H:%M', instant) .. ', ' .. messages
end

vim.api.nvim_create_user_command('HfsSessions', function(command)
  local query = command.args ~= '' and command.args or nil
  list(query, nil, {}, function(sessions)
    if #sessions == 0 then
      vim.notify('hfs: there is no such session')
      return
    end
    vim.ui.select(sessions, {
      prompt = 'Session',
      format_item = function(session)
        local name = session.name:match('%S') and session.name:gsub('%s+', ' ') or '(no name)'
        return ('%d  %s  (%s)'):format(session.id, name, facts(session))
      end,
    }, function(session)
      if session then
        vim.cmd('edit ' .. ('hfs:///sessions/%d.md'):format(session.id))
      end
    end)
  end)
end, { nargs = '?' })

-- The rest of a line as one path: Neovim has replaced % and # in it, and leaves the other
-- backslashes that completion puts before blanks and the like.
local function path_of(rest)
  local escaped = vim.fn.has('win32') == 1 and '\\( )' or '\\(.)'
  local path = rest:gsub('%s+$', ''):gsub(escaped, '%1')
  return vim.fn.fnamemodify(path, ':p')
end

vim.api.nvim_create_user_command('HfsExport', function(command)
  local id, format, rest = command.args:match('^(%S+)%s*(%S*)%s*(.*)$')
  if not tonumber(id) then
    vim.notify('hfs: expected the number of a session, not ' .. id, vim.log.levels.ERROR)
    return
  end
  request('hfs/export', {
    sessionId = tonumber(id),
    format = format ~= '' and format or 'markdown',
    destination = rest ~= '' and vim.uri_from_fname(path_of(rest)) or nil,
    overwrite = command.bang,
  }, function(result)
    vim.notify('hfs: exported to ' .. vim.uri_to_fname(result.uri))
  end)
end, { nargs = '+', bang = true, complete = 'file' })

-- What became of a session, or how many there are of each status.
local function outcome(result)
  local session = result.sessions[1]
  if #result.sessions == 1 and type(session.id) == 'number' and #result.failed == 0 then
    return ('session %d %s: %s'):format(session.id, session.status, session.name)
  end
  local counts = { created = 0, updated = 0, unchanged = 0, skipped = 0, failed = #result.failed }
  for _, each in ipairs(result.sessions) do
    counts[each.status] = counts[each.status] + (each.status == 'skipped' and 0 or 1)
  end
  for _, each in ipairs(result.skipped) do
    counts.skipped = counts.skipped + each.count
  end
  local found = {}
  for _, status in ipairs({ 'created', 'updated', 'unchanged', 'skipped', 'failed' }) do
    if counts[status] > 0 then
      table.insert(found, counts[status] .. ' ' .. status)
    end
  end
  return #found > 0 and table.concat(found, ', ') or 'nothing found'
end

local function import(params)
  request('hfs/import', params, function(result)
    vim.notify('hfs: ' .. outcome(result))
    for _, failed in ipairs(result.failed) do
      vim.notify(('hfs: %s: %s'):format(failed.name, failed.reason), vim.log.levels.ERROR)
    end
    for _, warning in ipairs(result.warnings) do
      vim.notify('hfs: ' .. warning, vim.log.levels.WARN)
    end
  end)
end

vim.api.nvim_create_user_command('HfsImport', function(command)
  import({ uri = vim.uri_from_fname(vim.fn.fnamemodify(command.args, ':p')) })
end, { nargs = 1, complete = 'file' })

vim.api.nvim_create_user_command('HfsSources', function()
  request('hfs/listSources', vim.empty_dict(), function(result)
    if #result.sources == 0 then
      vim.notify('hfs: no other tool has sessions on this machine')
      return
    end
    vim.ui.select(result.sources, {
      prompt = 'Import all sessions of',
      format_item = function(source)
        local counts = ('%d new, %d changed'):format(source.new, source.changed)
        return ('%s  %s  (%s)'):format(source.name, source.location, counts)
      end,
    }, function(source)
      if source then
        import({ tools = { source.tool } })
      end
    end)
  end)
end, {})
