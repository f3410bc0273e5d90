--[[
Ask Comity about each mail and add its score.

Copy to /etc/rspamd/lua.local.d/comity.lua. Settings, all of them optional, in /etc/rspamd/rspamd.conf.local:

  comity { host = "127.0.0.1"; port = 7830; timeout = 5.0; spam_score = 6.0; legitimate_score = -1.0; }

COMITY_SPAM counts as much as Comity is sure, up to one and a half times its score; COMITY_LEGITIMATE once; COMITY_UNSURE nothing. When
Comity does not answer in time, the mail has COMITY_FAIL, which counts nothing, and goes on.
]]

local rspamd_tcp = require "rspamd_tcp"
local rspamd_logger = require "rspamd_logger"

local settings = {
  host = "127.0.0.1",
  port = 7830,
  timeout = 5.0,
  spam_score = 6.0,
  legitimate_score = -1.0,
  max_size = 10 * 1024 * 1024,
}

for name, value in pairs(rspamd_config:get_all_opt("comity") or {}) do
  settings[name] = value
end

local function answered(task, answer)
  local is_spam, score, required = answer:match("\nSpam: (%a+) ; (%-?[%d.]+) / ([%d.]+)\r\n")
  if not is_spam then
    rspamd_logger.errx(task, "comity: %s", answer:match("^[^\r\n]*"))
    task:insert_result("COMITY_FAIL", 1.0)
    return
  end
  local symbols = answer:match("\r\n\r\n([%u_,]+)") or ""
  if is_spam == "True" then
    task:insert_result("COMITY_SPAM", math.min(1.5, tonumber(score) / tonumber(required)), score, symbols)
  elseif symbols:find("COMITY_LEGITIMATE", 1, true) then
    task:insert_result("COMITY_LEGITIMATE", 1.0, score)
  else
    task:insert_result("COMITY_UNSURE", 1.0, score)
  end
end

local function check(task)
  local size = task:get_size()
  if size > settings.max_size then
    return
  end
  local head = string.format("SYMBOLS SPAMC/1.5\r\nContent-length: %d\r\n\r\n", size)
  local is_done = false
  rspamd_tcp.request({
    task = task,
    host = settings.host,
    port = settings.port,
    timeout = settings.timeout,
    data = { head, task:get_content() },
    callback = function(err, data)
      if is_done then
        return
      end
      is_done = true
      if err then
        rspamd_logger.errx(task, "comity: %s", err)
        task:insert_result("COMITY_FAIL", 1.0)
      else
        answered(task, tostring(data))
      end
    end,
  })
end

local parent = rspamd_config:register_symbol({ name = "COMITY_CHECK", type = "callback", callback = check, group = "comity" })

for name, score in pairs({
  COMITY_SPAM = settings.spam_score,
  COMITY_LEGITIMATE = settings.legitimate_score,
  COMITY_UNSURE = 0.0,
  COMITY_FAIL = 0.0,
}) do
  rspamd_config:register_symbol({ name = name, type = "virtual", parent = parent })
  rspamd_config:set_metric_symbol({ name = name, score = score, group = "comity", description = "Comity's verdict" })
end
