import { findHub } from '../../core/function-app/slot-hub.ts'
import type { AppView } from '../../core/function-app/view.ts'
import type { RunIdentity } from '../../core/record/record.ts'
import type { RotatePlan } from '../../core/rotate/plan.ts'
import type { News, ToldHub } from '../../core/service/ports.ts'
import { parseWantedHub } from '../../core/task-hub/wanted-hub.ts'
import { toldHubOf } from '../tell-state-service.ts'
import type { RotateWanted } from './wanted.ts'

/** That the slot has the wanted hub now. `previous` is what an earlier run of this rotation announced. */
export function newsOfRotation(
  { slotName, taskHub: name }: RotateWanted,
  plan: Exclude<RotatePlan, { kind: 'refuse' }>,
  {
    view,
    previous,
    run,
  }: { readonly view: AppView; readonly previous?: string | undefined; readonly run: RunIdentity },
): News {
  const own = findHub(view.hubs, slotName)
  const account = own && toldHubOf({ ...own, name: { kind: 'set', value: name } })
  const before = plan.kind === 'rotate' ? toldHubOf(plan.from) : announcedHub(previous)
  return {
    kind: 'staging',
    slot: slotName,
    taskHub: account ?? { name },
    build: run.run,
    ...(before ? { previous: before } : {}),
  }
}

function announcedHub(text: string | undefined): ToldHub | undefined {
  const hub = text === undefined ? undefined : parseWantedHub(text)
  if (!hub) return undefined
  return hub.accountName === undefined ? { name: hub.name } : { account: hub.accountName, name: hub.name }
}
