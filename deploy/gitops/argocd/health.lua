-- The health of a ProjectRegistry or an EcrOrgAccess, claimed or namespaced, and of the
-- composite resource behind a claim. docs/gitops.md says what each answer means.
local function health(status, message)
  return {status = status, message = message or ""}
end

if obj.metadata.deletionTimestamp ~= nil then
  return health("Progressing", "being deleted")
end

local conditions = {}
if obj.status ~= nil and obj.status.conditions ~= nil then
  for _, c in ipairs(obj.status.conditions) do
    conditions[c.type] = c
  end
end

local annotations = obj.metadata.annotations or {}
local synced = conditions.Synced
if annotations["crossplane.io/paused"] == "true" or (synced ~= nil and synced.reason == "ReconcilePaused") then
  return health("Suspended", "paused: changes are not reconciled")
end

-- A refused edit does not change Ready, so refusals come first.
local stalled = conditions.Stalled
if stalled ~= nil and stalled.status == "True" then
  return health("Degraded", stalled.reason .. ": " .. (stalled.message or ""))
end
if synced ~= nil and synced.status == "False" then
  return health("Degraded", synced.message)
end

local ready = conditions.Ready
if ready == nil then
  return health("Progressing", "waiting for Crossplane")
end
if ready.status ~= "True" then
  return health("Progressing", ready.message or ready.reason)
end

local compliant = conditions.Compliant
if compliant ~= nil and compliant.status == "False" then
  return health("Healthy", "ready, but not compliant: " .. (compliant.message or ""))
end
return health("Healthy", "ready")
