-- What can follow a command; the server is asked, which may have to start.

local M = {}

local PATIENCE_MILLISECONDS = 5000

-- Waits for what ask passes to its callback; nothing if that takes too long.
local function awaited(ask)
  local found
  ask(function(words)
    found = words
  end)
  vim.wait(PATIENCE_MILLISECONDS, function()
    return found ~= nil
  end, 10)
  return found or {}
end

local function beginning_with(beginning, words)
  return vim.tbl_filter(function(word)
    return vim.startswith(word, beginning)
  end, words)
end

local function ids_with(filters)
  return function(beginning)
    local sessions = awaited(function(on_found)
      require('hfs.sessions').list(filters, on_found)
    end)
    return beginning_with(
      beginning,
      vim.tbl_map(function(session)
        return tostring(session.id)
      end, sessions)
    )
  end
end

-- The numbers of sessions, last activity first.
M.ids = ids_with({})
M.deleted_ids = ids_with({ deleted = true })

-- The tools on this machine that have sessions.
function M.tools(beginning)
  local tools = awaited(function(on_found)
    require('hfs.import').with_tools(on_found)
  end)
  return beginning_with(beginning, vim.list_extend(tools, { 'all' }))
end

return M
