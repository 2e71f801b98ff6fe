-- Imports of files and from other tools, one at a time, with their progress.

local client = require('hfs.client')
local format = require('hfs.format')
local report = require('hfs.report')

local M = {}

local token, running = 0, nil

-- Shows how far an import is, without a line in the history of messages.
client.on('$/progress', function(progress)
  if progress.token == running and progress.value.kind == 'report' then
    local words = ('%d %%, %s'):format(progress.value.percentage or 0, progress.value.message or '')
    vim.api.nvim_echo({ { 'hfs: ' .. words } }, false, {})
  end
end)

client.on('exit', function()
  running = nil
end)

local function import(params)
  if running then
    client.error('an import is running; :HfsCancel cancels it')
    return
  end
  token = token + 1
  running = token
  params.workDoneToken = token
  client.request('hfs/import', params, function(result)
    client.info(report.outcome(result))
    report.show(result)
  end, function()
    running = nil
  end)
end

-- Imports the document with this URI.
function M.document(uri)
  import({ uri = uri })
end

-- :HfsImport [path]
function M.file(command)
  local path = command.args ~= '' and command.args or vim.api.nvim_buf_get_name(0)
  if path == '' or path:match('^hfs:') then
    client.error('expected the path of a file or a folder')
    return
  end
  import({ uri = vim.uri_from_fname(vim.fn.fnamemodify(path, ':p')) })
end

-- :HfsCancel
function M.cancel()
  if client.running() and running then
    client.notify('window/workDoneProgress/cancel', { token = running })
  else
    client.info('no import is running')
  end
end

local function with_sources(on_sources)
  client.request('hfs/listSources', vim.empty_dict(), function(result)
    if #result.sources == 0 then
      client.info('no other tool has sessions on this machine')
    else
      on_sources(result.sources)
    end
  end)
end

local function source_row(source)
  local counts = ('%d new, %d changed'):format(source.new, source.changed)
  local problem = type(source.problem) == 'string' and source.problem or ''
  local where = source.location .. (problem ~= '' and '  ' .. format.on_one_line(problem) or '')
  return { source.name, ('%d files'):format(source.found), counts, where }
end

-- :HfsSources
function M.choose_source()
  with_sources(function(sources)
    local lines = {}
    for index, line in ipairs(format.in_columns(vim.tbl_map(source_row, sources))) do
      lines[sources[index]] = line
    end
    vim.ui.select(sources, {
      prompt = 'Import all sessions of',
      kind = 'hfs.source',
      format_item = function(source)
        return lines[source]
      end,
    }, function(source)
      if source then
        import({ tools = { source.tool } })
      end
    end)
  end)
end

-- Calls back with the tools on this machine that have sessions, if there are any.
function M.with_tools(on_tools)
  with_sources(function(sources)
    local tools = {}
    for _, source in ipairs(sources) do
      if not vim.tbl_contains(tools, source.tool) then
        table.insert(tools, source.tool)
      end
    end
    on_tools(tools)
  end)
end

-- :HfsImportFrom {tool...}
function M.tools(command)
  if not vim.tbl_contains(command.fargs, 'all') then
    import({ tools = command.fargs })
    return
  end
  M.with_tools(function(tools)
    import({ tools = tools })
  end)
end

return M
