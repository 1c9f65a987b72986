// Proofs that several ask for at a time, and what comes while they are made.
import assert from 'node:assert/strict'
import { setImmediate as soon } from 'node:timers/promises'
import { AzureFailure } from '../../../core/failures.ts'
import type { StatusReply } from '../../../state-service/contract.ts'
import type { Documents } from '../../../state-service/documents/documents.ts'
import { memoryDocuments } from '../../../state-service/documents/store-memory.ts'
import { Scene, signal } from '../scene.ts'

const minute = 60_000

describe('a proof that is under way', () => {
  it('is shared with whoever accepts one as old as it is', async () => {
    const scene = new Scene()
    scene.workerAlive()
    const service = scene.service()
    let other: Promise<StatusReply> | undefined
    scene.onLook = () => {
      other ??= scene.status({ maxProofAgeMs: minute }, service)
    }
    assert.equal((await scene.status({}, service)).verdict, 'idle')
    assert.equal((await other)?.verdict, 'idle')
    assert.equal(scene.looks, 2)
  })

  it('is not shared with whoever accepts only a younger one', async () => {
    const scene = new Scene()
    scene.workerAlive()
    const service = scene.service()
    let other: Promise<StatusReply> | undefined
    scene.onLook = () => {
      if (other) return
      void scene.clock.sleep(2 * minute, signal)
      other = scene.status({ maxProofAgeMs: minute }, service)
    }
    await scene.status({}, service)
    const reply = await other
    assert.deepEqual([reply?.verdict, reply?.lastProof?.ageInSeconds, scene.looks], ['idle', 0, 4])
  })

  it('is no proof for whoever asks after something was heard, though it had looked for that already', async () => {
    const stored = memoryDocuments()
    let onProof: () => Promise<void> = () => Promise.resolve()
    const documents: Documents = {
      ...stored,
      write: async (document, ...rest) => {
        if (document.kind === 'proof') await onProof()
        return await stored.write(document, ...rest)
      },
    }
    const scene = new Scene(documents)
    scene.workerAlive()
    const service = scene.service()
    let other: Promise<StatusReply> | undefined
    onProof = async () => {
      await service.takeEvents([scene.event('order-7', 'Completed')], signal)
      other = scene.status({ maxProofAgeMs: minute }, service)
      await soon()
    }
    await scene.status({}, service)
    const reply = await other
    assert.equal(reply?.verdict, 'busy')
    assert.match(reply.because, /events of it came in while it was being proven/)
  })

  it('may fail after everybody has gone who asked for one', async () => {
    const stored = memoryDocuments()
    let fails = false
    const documents: Documents = {
      ...stored,
      read: async (...args) => {
        if (fails) throw new AzureFailure('Could not read it: no answer.', { operation: 'read it', kind: 'network' })
        return await stored.read(...args)
      },
    }
    const scene = new Scene(documents)
    scene.lateWithin = () => true
    const service = scene.service()
    let next: Promise<StatusReply> | undefined
    let looked: Promise<unknown> | undefined
    scene.onLook = () => {
      next ??= scene.status({}, service)
      looked ??= next.then(() => (fails = true))
    }
    const unhandled: unknown[] = []
    const note = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', note)
    try {
      assert.equal((await scene.status({}, service)).verdict, 'unknown')
      await soon()
      await looked
      await soon()
      assert.equal((await next)?.verdict, 'unknown')
      assert.equal(fails, true)
    } finally {
      process.off('unhandledRejection', note)
    }
    // It would end the process.
    assert.deepEqual(unhandled, [])
  })

  it('is none where a message came after its last look, as many as had gone before the first', async () => {
    const scene = new Scene()
    const withOne = { queues: [{ name: 'hub-control-00', messages: 1, visible: 0 }] }
    scene.mark = { ...scene.mark, ...withOne }
    const reply = await scene.status()
    assert.deepEqual([reply.verdict, reply.lastProof], ['busy', null])
    assert.match(reply.because, /its queues changed while it was being proven/)
  })
})
