-- HFS sessions in Neovim 0.7 or newer: the settings. Without setup(), the defaults hold.
--
--   require('hfs').setup({ annotate = true, init_options = { keep = { 'codex' } } })

local M = {}

M.config = {
  -- The program that serves the sessions, and its arguments.
  cmd = { 'hfs-server' },
  -- Whether hovering over a line of any file says which session wrote it.
  annotate = false,
  -- Whether session files among JSON and JSON Lines are checked, with hovers and a lens.
  session_files = true,
  -- Further settings of the server, such as databasePath.
  init_options = {},
}

-- Changes settings; a server that runs already keeps those that it was started with.
function M.setup(options)
  for name in pairs(options or {}) do
    if M.config[name] == nil then
      vim.notify('hfs: there is no setting ' .. name .. '; see :help hfs', vim.log.levels.ERROR)
    end
  end
  M.config = vim.tbl_deep_extend('force', M.config, options or {})
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buffer) then
      require('hfs.documents').opened(buffer)
    end
  end
end

-- Whether source files are annotated; vim.g.hfs_annotate does the same without setup().
function M.annotates()
  return M.config.annotate or vim.g.hfs_annotate == true
end

-- Whether session files are followed; vim.g.hfs_session_files = false does the same.
function M.follows_session_files()
  return M.config.session_files and vim.g.hfs_session_files ~= false
end

-- The initializationOptions of the server.
function M.init_options()
  local options = { annotate = M.annotates(), sessionFiles = M.follows_session_files() }
  return vim.tbl_extend('force', options, M.config.init_options)
end

return M
