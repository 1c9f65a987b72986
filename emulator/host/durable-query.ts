import { runtimeStatuses } from '../durable/events.ts'
import type { ListCondition } from '../durable/list-instances.ts'

/** The query of a listing, read as the extension reads it (EXT HttpApiHandler.cs:719-790): what does not parse is dropped. */
export function listConditionOf(query: URLSearchParams, continuationToken: string | undefined): ListCondition {
  return {
    runtimeStatus: query
      .getAll('runtimeStatus')
      .flatMap((value) => value.split(','))
      .flatMap(statusOf),
    createdTimeFrom: dateOf(query.get('createdTimeFrom')),
    createdTimeTo: dateOf(query.get('createdTimeTo')),
    instanceIdPrefix: query.get('instanceIdPrefix') ?? undefined,
    top: numberOf(query.get('top')) ?? 100,
    continuationToken,
  }
}

/** .NET's Enum.TryParse: names in their exact case, or the number behind them; `Unknown` is one of them. */
function statusOf(text: string): string[] {
  const value = text.trim()
  if (value === 'Unknown' || value === '-1') return ['Unknown']
  if (/^[+-]?\d+$/.test(value)) return [runtimeStatuses[Number(value)] ?? value]
  return runtimeStatuses.filter((status) => status === value)
}

export function dateOf(text: string | null): Date | undefined {
  const date = new Date(text ?? '')
  return Number.isNaN(date.getTime()) ? undefined : date
}

export function numberOf(text: string | null): number | undefined {
  return text !== null && /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : undefined
}
