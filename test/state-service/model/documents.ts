import type { Documents } from '../../../state-service/documents/documents.ts'
import { failure, type Azure } from './model-hubs.ts'
import type { Process } from './turns.ts'

/** The documents as one process has them: over a wire, where others go on before each, and a reply may be late or lost. */
export function remoteDocuments(inner: Documents, { turns, world, faults }: Azure, process: Process): Documents {
  const asked = async <T>(operation: string, act: () => Promise<T>): Promise<T> => {
    await turns.wait(process)
    const isLost = world.random.chance(faults)
    if (isLost && world.random.chance(0.5)) throw failure(operation)
    const answer = await act()
    if (isLost) throw failure(operation, true)
    if (world.random.chance(0.3)) await turns.wait(process)
    return answer
  }
  return {
    read: (...args) => asked('read a document', () => inner.read(...args)),
    write: (...args) =>
      asked('write a document', async () => {
        const answer = await inner.write(...args)
        const [{ kind, key }] = args
        world.tell(`${process.name} writes ${kind}/${key}: ${answer}`)
        return answer
      }),
    keys: (...args) => asked('list documents', () => inner.keys(...args)),
    remove: (...args) => asked('remove a document', () => inner.remove(...args)),
    addEntry: (...args) => asked('add an entry', () => inner.addEntry(...args)),
    entries: (...args) => asked('read entries', () => inner.entries(...args)),
    trimEntries: (...args) => asked('trim entries', () => inner.trimEntries(...args)),
  }
}
