import type { StickyNames } from '../../core/function-app/functions.ts'
import type { AppPicture } from '../../core/function-app/picture.ts'
import type { Deps } from '../deps.ts'
import type { OpenApp } from '../look-at-app.ts'
import type { Whole } from '../write-whole.ts'

export type NamesSeen = { readonly names: StickyNames; readonly picture: AppPicture }

/** Which settings of an app stay with their slot, as a document that is written whole. */
export function stickyNames({ azure }: Deps, app: OpenApp): Whole<NamesSeen, StickyNames> {
  return {
    read: async (signal) => {
      const { picture } = await app.look(signal)
      return { picture, names: await azure.functions.stickyNames(app.address, signal) }
    },
    contentOf: ({ names }) => names,
    send: (names, signal) => azure.functions.writeStickyNames(app.address, names, signal),
    differing: differingNames,
    owner: `function app '${app.address.name}'`,
    things: 'deployment slot settings',
  }
}

/** Names that only one has, and the other lists that differ, by their name. */
function differingNames(left: StickyNames, right: StickyNames): readonly string[] {
  const [ours, theirs] = [new Set(left.appSettings), new Set(right.appSettings)]
  const lists = new Set([...Object.keys(left.others), ...Object.keys(right.others)])
  return [
    ...[...ours].filter((name) => !theirs.has(name)),
    ...[...theirs].filter((name) => !ours.has(name)),
    ...[...lists].filter((name) => listText(left.others[name]) !== listText(right.others[name])),
  ]
}

/** Azure writes null for a list that is empty. */
function listText(list: unknown): string {
  return JSON.stringify(Array.isArray(list) && list.length === 0 ? null : (list ?? null))
}
