-- The server: started for the first request, one for all buffers.

local M = {}

local client_id
-- What waits for the server to start; nil if it runs, or if there is none.
local waiting
local listeners = {}
local has_methods = vim.fn.has('nvim-0.11') == 1

-- A method of a client, which was a function until Neovim 0.11.
local function call(client, method, ...)
  if has_methods then
    return client[method](client, ...)
  end
  return client[method](...)
end

function M.error(message)
  vim.notify('hfs: ' .. message, vim.log.levels.ERROR)
end

function M.info(message)
  vim.notify('hfs: ' .. message)
end

-- Calls back for each notification with this method of the server.
function M.on(method, callback)
  listeners[method] = callback
end

local function listener(method, otherwise)
  return function(err, params, context, config)
    if listeners[method] then
      listeners[method](params)
    end
    if otherwise then
      otherwise(err, params, context, config)
    end
  end
end

local function run_waiting(client)
  local works = waiting or {}
  waiting = nil
  for _, work in ipairs(works) do
    work(client)
  end
end

local function ended(code)
  local never_started = waiting ~= nil
  client_id, waiting = nil, nil
  if listeners.exit then
    listeners.exit()
  end
  if never_started then
    vim.schedule(function()
      M.error(('the server could not start (exit code %s); see :checkhealth hfs'):format(code))
    end)
  end
end

local function start()
  local hfs = require('hfs')
  local standard = has_methods and vim.lsp.handlers['$/progress'] or nil
  local run = has_methods and vim.lsp.start or vim.lsp.start_client
  return run({
    name = 'hfs-server',
    cmd = hfs.config.cmd,
    init_options = hfs.init_options(),
    handlers = {
      ['hfs/didChangeSessions'] = listener('hfs/didChangeSessions'),
      ['$/progress'] = listener('$/progress', standard),
    },
    on_init = run_waiting,
    on_exit = ended,
  }, { attach = false })
end

-- The running client; nil if there is none.
function M.running()
  return client_id and waiting == nil and vim.lsp.get_client_by_id(client_id) or nil
end

-- Does work with the client, which is started for the first one.
function M.with(work)
  local client = M.running()
  if client then
    work(client)
    return
  end
  if client_id and waiting then
    table.insert(waiting, work)
    return
  end
  local program = require('hfs').config.cmd[1]
  if vim.fn.executable(program) == 0 then
    M.error(program .. ' was not found; see :checkhealth hfs')
    return
  end
  waiting = { work }
  client_id = start()
end

-- Calls back with the result; a failure is shown. on_end is called in either case.
function M.request(method, params, on_result, on_end)
  M.with(function(client)
    call(client, 'request', method, params, function(err, result)
      if on_end then
        on_end()
      end
      if err then
        M.error(err.message)
      else
        on_result(result)
      end
    end)
  end)
end

-- Sends a notification to a server that runs.
function M.notify(method, params)
  local client = M.running()
  if client then
    call(client, 'notify', method, params)
  end
end

return M
