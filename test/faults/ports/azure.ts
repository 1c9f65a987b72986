import type { Azure } from '../../../core/azure-port.ts'
import type { SlotHosts } from '../../../core/function-app/ports.ts'
import type { LookAtHub } from '../../../core/task-hub/idle-proof/evidence.ts'
import { AppsPort } from './apps-port.ts'
import type { Execution } from './execution.ts'
import { HubsPort } from './hubs-port.ts'
import { RecordsPort } from './records-port.ts'
import type { World } from './world.ts'

/** The world as one execution reaches it. */
export function azureOf(world: World, execution: Execution): Azure {
  const hosts: SlotHosts = {
    state: (_app, slot, signal) =>
      execution.call({ name: 'host state', about: slot, mutates: false }, signal, () =>
        world.sick(execution)
          ? { kind: 'known', state: 'Error', errors: ['it does not start'] }
          : { kind: 'known', state: 'Running', errors: [] },
      ),
    probe: (_host, path, signal) =>
      execution.call({ name: 'probe', about: path, mutates: false }, signal, () => ({ kind: 'status', status: 200 })),
  }
  return {
    storageSuffix: 'core.windows.net',
    apps: new AppsPort(world, execution),
    hosts,
    functions: { list: notAsked, running: notAsked, stickyNames: notAsked, writeStickyNames: notAsked },
    taskHubs: ({ account }, tracking) => new HubsPort(world, execution, { account, ...(tracking ? { tracking } : {}) }),
    records: ({ account }) => new RecordsPort(world, execution, world.account(account.id)),
    managementApi: unused,
    statusEndpoint: unused,
    stateService: notAskedForService,
  }
}

function notAsked(): never {
  throw new Error('These suites ask for no functions.')
}

function notAskedForService(): never {
  throw new Error('These suites know no state service.')
}

function unused(): LookAtHub {
  throw new Error('These suites ask storage alone.')
}
