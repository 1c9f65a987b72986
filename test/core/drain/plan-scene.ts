import type { FenceSeen } from '../../../core/drain/plan-fence.ts'
import type { SlotFunction } from '../../../core/function-app/functions.ts'
import type { SlotName } from '../../../core/function-app/picture.ts'
import { app } from '../../support/app.ts'
import type { AppBuilder } from '../../support/app.ts'

/** Functions by name with the type of their trigger; an empty type is one that cannot be read. */
export function deployed(functions: Readonly<Record<string, string>>): readonly SlotFunction[] {
  return Object.entries(functions).map(([name, trigger]) => ({ name, ...(trigger === '' ? {} : { trigger }) }))
}

export const timerOnly = { Nightly: 'timerTrigger' }

export function seen(
  builder: AppBuilder = app(),
  staging: Readonly<Record<string, string>> = timerOnly,
  { production, kind }: { production?: Readonly<Record<string, string>>; kind?: string } = {},
): FenceSeen {
  const picture = builder.picture()
  return {
    picture: kind === undefined ? picture : { ...picture, kind },
    functions: [
      { slot: 'staging' as SlotName, functions: deployed(staging) },
      ...(production ? [{ slot: 'production' as SlotName, functions: deployed(production) }] : []),
    ],
  }
}
