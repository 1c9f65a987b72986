import type { SlotSettings } from '../function-app/picture.ts'

const countSetting = 'functions_worker_process_count'
const dynamicSetting = 'functions_worker_dynamic_concurrency_enabled'

/**
 * How many worker processes an instance of the slot may have: `FUNCTIONS_WORKER_PROCESS_COUNT`, 1 where it is not set (learn:
 * functions-app-settings). Undefined where it cannot be told; that includes a host that adds workers by itself
 * (`FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED`, HOST FunctionsHostingConfigOptions.cs).
 */
export function workersOf(settings: SlotSettings): number | undefined {
  if (settings.kind === 'unreadable') return undefined
  const values = new Map(Object.entries(settings.values).map(([name, value]) => [name.toLowerCase(), value.trim()]))
  const dynamic = values.get(dynamicSetting) ?? ''
  if (!['', '0', 'false'].includes(dynamic.toLowerCase())) return undefined
  const count = values.get(countSetting) ?? ''
  if (count === '') return 1
  return /^[1-9]\d{0,2}$/.test(count) ? Number(count) : undefined
}
