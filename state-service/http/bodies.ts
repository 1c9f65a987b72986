// One parser for each body that is told. All that is wrong is told at once.
import { neutraliseMarkers } from '../../core/remote-text.ts'
import type { CleanupAnnouncement, StagingAnnouncement, SwapAnnouncement, ToldHub, ToldRun } from '../contract.ts'
import { Fields, Problems } from './fields.ts'
import { accountName, hubName, line, link, slotName, swapId } from './names.ts'

export type Parsed<Value> = { readonly value: Value } | { readonly problems: readonly string[] }

export function parseStaging(body: unknown): Parsed<StagingAnnouncement> {
  return parse(body, (fields) => ({
    taskHub: hubOf(fields.object('taskHub')),
    ...previousOf(fields),
    build: neutraliseMarkers(fields.text('build', line(200))),
    by: runOf(fields.object('by')),
  }))
}

/** Slot names come out in lower case, for Azure compares them without. */
export function parseSwap(body: unknown): Parsed<SwapAnnouncement> {
  return parse(body, (fields, problems) => {
    const id = fields.text('id', swapId)
    const sourceSlot = fields.text('sourceSlot', slotName).toLowerCase()
    const targetSlot = fields.text('targetSlot', slotName).toLowerCase()
    if (sourceSlot !== '' && sourceSlot === targetSlot) {
      problems.add(
        `Fields 'sourceSlot' and 'targetSlot' are both '${sourceSlot}'. Give the two slots that were swapped.`,
      )
    }
    const rolledBack = fields.flagIfAny('rolledBack')
    return {
      ...{ id, sourceSlot, targetSlot },
      taskHub: hubOf(fields.object('taskHub')),
      ...previousOf(fields),
      ...(rolledBack !== undefined && { rolledBack }),
      by: runOf(fields.object('by')),
    }
  })
}

export function parseCleanup(body: unknown): Parsed<CleanupAnnouncement> {
  return parse(body, (fields) => ({ taskHub: hubOf(fields.object('taskHub')), by: runOf(fields.object('by')) }))
}

function parse<Value>(body: unknown, read: (fields: Fields, problems: Problems) => Value): Parsed<Value> {
  const problems = new Problems()
  const fields = new Fields(body, '', problems)
  if (problems.told.length > 0) return { problems: problems.told }
  const value = read(fields, problems)
  fields.end()
  return problems.told.length > 0 ? { problems: problems.told } : { value }
}

function previousOf(fields: Fields): { readonly previous?: ToldHub } {
  return fields.has('previous') ? { previous: hubOf(fields.object('previous')) } : {}
}

/** The name of a hub keeps its case, as the tables of a hub do; the account is lower case in all of Azure. */
function hubOf(fields: Fields): ToldHub {
  const name = fields.text('name', hubName)
  const account = fields.textIfAny('account', accountName)
  fields.end()
  return { ...(account !== undefined && { account: account.toLowerCase() }), name }
}

/** What it says goes into logs of the agent one day. */
function runOf(fields: Fields): ToldRun {
  const id = fields.textIfAny('id', line(500))
  const run = neutraliseMarkers(fields.text('run', line(200)))
  const project = neutraliseMarkers(fields.text('project', line(200, 0)))
  const address = fields.text('link', link)
  fields.end()
  return { ...(id !== undefined && { id }), run, project, link: address }
}
