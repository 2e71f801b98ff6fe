-- HFS sessions in Neovim 0.7 or newer. Copy this file to ~/.config/nvim/plugin/hfs.lua.
--
--   :HfsSessions [text]                   choose a session (whose name has the text), and read it
--   :HfsSubagents [id]                    choose a session that session id has started, or the one
--                                         that is shown
--   :edit hfs:///sessions/12.md           read session 12 (or 12.json); with \#message-7 after
--                                         it, from message 7
--   :HfsExport[!] {id} [format] [path]    markdown, html or json; the path may have blanks;
--                                         ! overwrites the file
--   :HfsShare[!] {id} [format] [path]     the same with secrets replaced, as html unless you say
--                                         otherwise; shows what was found, and where
--   :HfsImport {path}                     import an export, a file of another tool, a folder of
--                                         such files, or a zip archive
--   :HfsSearch fix login                  what is found in sessions, in the quickfix list
--   :HfsSources                           choose another tool on this machine, and import its
--                                         sessions
--   :HfsImportFrom {tool...}              import the sessions of these tools, or of all; the report
--                                         of many is shown in a buffer
--   :HfsCancel                            cancel the import; what it has imported stays
--   :HfsBlame[!]                          the sessions that wrote this line; ! those that edited
--                                         this file; in the quickfix list
--
-- With "vim.g.hfs_annotate = true" in your init.lua, hovering over a line of a file
-- (:lua vim.lsp.buf.hover()) says which session wrote it, and the first line shows how many
-- sessions edited the file (:lua vim.lsp.codelens.run() lists them). Neovim then sends the
-- files that you open to the server.

local client_id, waiting = nil, {}
local token, running = 0, nil

-- Shows how far an import is, without a line in the history of messages.
local function show_progress(_, progress)
  if progress.token == running and progress.value.kind == 'report' then
    local words = ('%d %%, %s'):format(progress.value.percentage or 0, progress.value.message or '')
    vim.api.nvim_echo({ { 'hfs: ' .. words } }, false, {})
  end
end

local function send(client, method, params, on_result, on_end)
  local function respond(err, result)
    if on_end then
      on_end()
    end
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

local on_change = function() end

-- Does work with the server, which is started for the first one.
local function with_client(work)
  local client = client_id and vim.lsp.get_client_by_id(client_id)
  if client and waiting == nil then
    work(client)
    return
  end
  if client_id and waiting then
    table.insert(waiting, work)
    return
  end
  waiting = { work }
  local start = vim.fn.has('nvim-0.11') == 1 and vim.lsp.start or vim.lsp.start_client
  client_id = start({
    name = 'hfs-server',
    cmd = { 'hfs-server' },
    init_options = vim.g.hfs_annotate and { annotate = true } or vim.empty_dict(),
    handlers = {
      ['hfs/didChangeSessions'] = function()
        on_change()
      end,
      ['$/progress'] = show_progress,
    },
    on_init = function(started)
      local works = waiting
      waiting = nil
      for _, each in ipairs(works) do
        each(started)
      end
    end,
    on_exit = function()
      client_id, running = nil, nil
    end,
  }, { attach = false })
end

local function request(method, params, on_result, on_end)
  with_client(function(client)
    send(client, method, params, on_result, on_end)
  end)
end

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

-- An entry of the quickfix list that leads to a message of a session.
local function entry(session, number, text)
  local fragment = number > 0 and ('#message-%d'):format(number) or ''
  local filename = ('hfs:///sessions/%d.md%s'):format(session.id, fragment)
  return { filename = filename, valid = 1, text = text }
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
    local number = tonumber(uri:match('#message%-(%d+)$'))
    for _, window in ipairs(number and vim.fn.win_findbuf(buffer) or {}) do
      vim.api.nvim_win_set_cursor(window, { line_of(number, lines), 0 })
      vim.api.nvim_win_call(window, function()
        vim.cmd('normal! zt')
      end)
    end
  end)
end

vim.api.nvim_create_autocmd('BufReadCmd', {
  pattern = 'hfs:///*',
  callback = function(event)
    read(event.match, event.buf)
  end,
})

-- All sessions that the filters let through, page by page.
local function list(filters, cursor, found, on_found)
  local params = vim.tbl_extend('force', { limit = 500, cursor = cursor }, filters)
  request('hfs/listSessions', params, function(result)
    vim.list_extend(found, result.sessions)
    if type(result.nextCursor) == 'string' then
      list(filters, result.nextCursor, found, on_found)
    else
      on_found(found)
    end
  end)
end

-- The last activity in local time.
local function date(session)
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
  return os.date('%Y-%m-%d %H:%M', instant)
end

local function counted(count, word)
  return count == 1 and '1 ' .. word or ('%d %ss'):format(count, word)
end

local function on_one_line(text, otherwise)
  return text:match('%S') and (text:gsub('%s+', ' ')) or otherwise
end

-- The last folder of the working directory.
local function project(session)
  if type(session.workingDirectory) ~= 'string' then
    return ''
  end
  return on_one_line(session.workingDirectory:match('([^/\\]+)[/\\]*$') or '', '')
end

-- The cells of each row as a line, with the columns below each other; the last one is not padded.
local function in_columns(rows)
  local widths = {}
  for _, row in ipairs(rows) do
    for column, cell in ipairs(row) do
      widths[column] = math.max(widths[column] or 0, vim.fn.strdisplaywidth(cell))
    end
  end
  return vim.tbl_map(function(row)
    local line = ''
    for column, cell in ipairs(row) do
      local blanks = column < #row and widths[column] + 2 - vim.fn.strdisplaywidth(cell) or 0
      line = line .. cell .. (' '):rep(blanks)
    end
    return line
  end, rows)
end

local function row(session)
  local facts = counted(session.messageCount, 'message')
  if session.childCount > 0 then
    facts = facts .. ', ' .. counted(session.childCount, 'subagent')
  end
  local name = on_one_line(session.name, '(no name)')
  local about = { tostring(session.id), date(session), session.tool, project(session) }
  return vim.list_extend(about, { ('%s  (%s)'):format(name, facts) })
end

local function choose(filters)
  list(filters, nil, {}, function(sessions)
    if #sessions == 0 then
      vim.notify('hfs: there is no such session')
      return
    end
    local lines = {}
    for index, line in ipairs(in_columns(vim.tbl_map(row, sessions))) do
      lines[sessions[index].id] = line
    end
    vim.ui.select(sessions, {
      prompt = 'Session',
      format_item = function(session)
        return lines[session.id]
      end,
    }, function(session)
      if session then
        vim.cmd('edit ' .. ('hfs:///sessions/%d.md'):format(session.id))
      end
    end)
  end)
end

vim.api.nvim_create_user_command('HfsSessions', function(command)
  choose({ query = command.args ~= '' and command.args or nil })
end, { nargs = '?' })

vim.api.nvim_create_user_command('HfsSubagents', function(command)
  local shown = vim.api.nvim_buf_get_name(0):match('^hfs:///sessions/(%d+)%.')
  local id = tonumber(command.args ~= '' and command.args or shown)
  if id then
    choose({ parentId = id })
  else
    vim.notify('hfs: expected the number of a session', vim.log.levels.ERROR)
  end
end, { nargs = '?' })

local MOST_MATCHES = 200

-- The first matches, of several pages: the server ends a page early if a query takes long.
local function find(query, on_found, cursor, matches)
  matches = matches or {}
  local params = { query = query, limit = MOST_MATCHES - #matches, cursor = cursor }
  request('hfs/search', params, function(result)
    vim.list_extend(matches, result.matches)
    if type(result.nextCursor) == 'string' and #matches < MOST_MATCHES then
      find(query, on_found, result.nextCursor, matches)
    else
      on_found(matches, result.isComplete)
    end
  end)
end

-- What is found in sessions, in the quickfix list; an entry opens the message.
vim.api.nvim_create_user_command('HfsSearch', function(command)
  find(command.args, function(matches, is_complete)
    local items = {}
    for _, match in ipairs(matches) do
      local name = match.session.name:gsub('%s+', ' ')
      local text = ('%s: %s'):format(name, match.snippet)
      table.insert(items, entry(match.session, match.messageIndex, text))
    end
    vim.fn.setqflist({}, ' ', { title = 'HFS: ' .. command.args, items = items })
    if #items == 0 then
      vim.notify(is_complete and 'hfs: nothing found' or 'hfs: nothing found yet')
    else
      vim.cmd('copen')
    end
  end)
end, { nargs = '+' })

-- The rest of a line as one path: Neovim has replaced % and # in it, and leaves the other
-- backslashes that completion puts before blanks and the like.
local function path_of(rest)
  local escaped = vim.fn.has('win32') == 1 and '\\( )' or '\\(.)'
  local path = rest:gsub('%s+$', ''):gsub(escaped, '%1')
  return vim.fn.fnamemodify(path, ':p')
end

-- Calls back with the params of an export, from "{id} [format] [path]".
local function export_params(command, default, callback)
  local id, format, rest = command.args:match('^(%S+)%s*(%S*)%s*(.*)$')
  if not tonumber(id) then
    vim.notify('hfs: expected the number of a session, not ' .. id, vim.log.levels.ERROR)
    return
  end
  callback({
    sessionId = tonumber(id),
    format = format ~= '' and format or default,
    destination = rest ~= '' and vim.uri_from_fname(path_of(rest)) or nil,
    overwrite = command.bang,
  })
end

local function export(params, words)
  request('hfs/export', params, function(result)
    table.insert(words, 'hfs: exported to ' .. vim.uri_to_fname(result.uri))
    vim.notify(table.concat(words, '\n'))
  end)
end

vim.api.nvim_create_user_command('HfsExport', function(command)
  export_params(command, 'markdown', function(params)
    export(params, {})
  end)
end, { nargs = '+', bang = true, complete = 'file' })

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

vim.api.nvim_create_user_command('HfsShare', function(command)
  export_params(command, 'html', function(params)
    request('hfs/findSecrets', { sessionId = params.sessionId }, function(result)
      local found = vim.tbl_map(places_of, result.secrets)
      table.insert(found, 'hfs: redaction is best effort; read the file before you share it')
      export(vim.tbl_extend('error', params, { redact = true }), found)
    end)
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

-- What became of each session, as lines of a report.
local function report(result)
  local lines = { '# Import: ' .. outcome(result), '' }
  local rows = {}
  for _, each in ipairs(result.sessions) do
    local id = type(each.id) == 'number' and tostring(each.id) or '-'
    table.insert(rows, { id, each.status, each.tool, on_one_line(each.name, '(no name)') })
  end
  vim.list_extend(lines, in_columns(rows))
  for _, failed in ipairs(result.failed) do
    table.insert(lines, on_one_line(('failed: %s: %s'):format(failed.name, failed.reason), ''))
  end
  for _, skipped in ipairs(result.skipped) do
    table.insert(lines, ('skipped: %d, %s'):format(skipped.count, skipped.reason))
  end
  for _, warning in ipairs(result.warnings) do
    table.insert(lines, on_one_line('warning: ' .. warning, ''))
  end
  return lines
end

local function show_report(lines)
  vim.cmd('botright new')
  local buffer = vim.api.nvim_get_current_buf()
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].buftype, vim.bo[buffer].bufhidden = 'nofile', 'wipe'
  vim.bo[buffer].modifiable, vim.bo[buffer].swapfile = false, false
end

local function import(params)
  if running then
    vim.notify('hfs: an import is running; :HfsCancel cancels it', vim.log.levels.ERROR)
    return
  end
  token = token + 1
  running = token
  params.workDoneToken = token
  request('hfs/import', params, function(result)
    vim.notify('hfs: ' .. outcome(result))
    if #result.sessions ~= 1 or #result.failed + #result.warnings > 0 then
      show_report(report(result))
    end
  end, function()
    running = nil
  end)
end

vim.api.nvim_create_user_command('HfsCancel', function()
  local client = client_id and vim.lsp.get_client_by_id(client_id)
  if not (client and running) then
    vim.notify('hfs: no import is running')
  elseif vim.fn.has('nvim-0.11') == 1 then
    client:notify('window/workDoneProgress/cancel', { token = running })
  else
    client.notify('window/workDoneProgress/cancel', { token = running })
  end
end, {})

vim.api.nvim_create_user_command('HfsImport', function(command)
  import({ uri = vim.uri_from_fname(vim.fn.fnamemodify(command.args, ':p')) })
end, { nargs = 1, complete = 'file' })

-- A number that JSON may have as null.
local function number(value)
  return type(value) == 'number' and value or 0
end

vim.api.nvim_create_user_command('HfsStatistics', function(command)
  local project = command.args ~= '' and path_of(command.args) or nil
  local params = project and { project = project } or vim.empty_dict()
  request('hfs/statistics', params, function(result)
    local form = '%d sessions, %d messages, %d prompts, %d tool calls, %d tokens in, %d out'
    local function line(item)
      local counts = { item.sessions, item.messages, number(item.prompts), item.toolCalls }
      local used = { number(item.usage.inputTokens), number(item.usage.outputTokens) }
      return form:format(counts[1], counts[2], counts[3], counts[4], used[1], used[2])
    end
    local lines = { 'All: ' .. line(result) }
    for _, tool in ipairs(result.byTool) do
      table.insert(lines, ('%s: %s'):format(tool.tool, line(tool)))
    end
    vim.notify(table.concat(lines, '\n'))
  end)
end, { nargs = '?', complete = 'dir' })

local function source_row(source)
  local counts = ('%d new, %d changed'):format(source.new, source.changed)
  local problem = type(source.problem) == 'string' and '  ' .. on_one_line(source.problem, '') or ''
  return { source.name, ('%d files'):format(source.found), counts, source.location .. problem }
end

vim.api.nvim_create_user_command('HfsSources', function()
  request('hfs/listSources', vim.empty_dict(), function(result)
    if #result.sources == 0 then
      vim.notify('hfs: no other tool has sessions on this machine')
      return
    end
    local lines = {}
    for index, line in ipairs(in_columns(vim.tbl_map(source_row, result.sources))) do
      lines[result.sources[index]] = line
    end
    vim.ui.select(result.sources, {
      prompt = 'Import all sessions of',
      format_item = function(source)
        return lines[source]
      end,
    }, function(source)
      if source then
        import({ tools = { source.tool } })
      end
    end)
  end)
end, {})

local function with_tools(on_tools)
  request('hfs/listSources', vim.empty_dict(), function(result)
    local tools = {}
    for _, source in ipairs(result.sources) do
      if not vim.tbl_contains(tools, source.tool) then
        table.insert(tools, source.tool)
      end
    end
    on_tools(tools)
  end)
end

-- The tools on this machine that begin so; the server is asked, which may have to start.
local function complete_tools(beginning)
  local found
  with_tools(function(tools)
    found = vim.list_extend(tools, { 'all' })
  end)
  vim.wait(5000, function()
    return found ~= nil
  end, 10)
  return vim.tbl_filter(function(tool)
    return vim.startswith(tool, beginning)
  end, found or {})
end

vim.api.nvim_create_user_command('HfsImportFrom', function(command)
  if not vim.tbl_contains(command.fargs, 'all') then
    import({ tools = command.fargs })
    return
  end
  with_tools(function(tools)
    if #tools == 0 then
      vim.notify('hfs: no other tool has sessions on this machine')
    else
      import({ tools = tools })
    end
  end)
end, { nargs = '+', complete = complete_tools })

-- Lists what sessions did to a file, or which ones wrote a line of it.
local function blame(params)
  request('hfs/sessionsOfFile', params, function(result)
    if #result.edits == 0 then
      local what = params.line and 'written this line' or 'edited this file'
      vim.notify('hfs: no session is known to have ' .. what)
      return
    end
    local items = {}
    for _, edit in ipairs(result.edits) do
      local session = edit.session
      local time = type(edit.createdAt) == 'string' and edit.createdAt:sub(1, 10) .. ' ' or ''
      local name = session.name:gsub('%s+', ' ')
      local text = ('%s%s by %s: %s'):format(time, edit.kind, session.tool, name)
      table.insert(items, entry(session, edit.messageIndex, text))
    end
    vim.fn.setqflist({}, ' ', { title = 'AI sessions', items = items })
    vim.cmd('copen')
  end)
end

vim.api.nvim_create_user_command('HfsBlame', function(command)
  local params = { uri = vim.uri_from_bufnr(0) }
  if not command.bang then
    params.line = vim.fn.line('.') - 1
    params.text = vim.api.nvim_get_current_line()
  end
  blame(params)
end, { bang = true })

if vim.g.hfs_annotate then
  vim.lsp.commands['hfs.server.sessionsOfFile'] = function(command)
    blame({ uri = command.arguments[1].uri })
  end
  on_change = vim.schedule_wrap(function()
    vim.lsp.codelens.refresh()
  end)
  vim.api.nvim_create_autocmd({ 'BufReadPost', 'BufNewFile' }, {
    callback = function(event)
      if vim.bo[event.buf].buftype ~= '' or event.match:match('^%a+://') then
        return
      end
      with_client(function(client)
        vim.lsp.buf_attach_client(event.buf, client.id)
        on_change()
      end)
    end,
  })
end
