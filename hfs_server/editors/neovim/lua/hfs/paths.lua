-- Paths in the arguments of commands.

local M = {}

-- The rest of a line as one path: Neovim has replaced % and # in it, and leaves the other
-- backslashes that completion puts before blanks and the like.
function M.of(rest)
  local escaped = vim.fn.has('win32') == 1 and '\\( )' or '\\(.)'
  local path = rest:gsub('%s+$', ''):gsub(escaped, '%1')
  return vim.fn.fnamemodify(path, ':p')
end

return M
