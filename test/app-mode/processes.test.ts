import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ModeDocument } from '../../app-mode/src/index.ts'

const script = join(import.meta.dirname, 'member-process.ts')

class MemberProcess {
  readonly child: ChildProcess
  #asked = 0

  constructor(directory: string) {
    this.child = fork(script, [directory], { execArgv: ['--import', 'tsx'] })
    this.child.setMaxListeners(0)
  }

  async tell<T = undefined>(act: string, body: unknown = ''): Promise<T> {
    const id = ++this.#asked
    return await new Promise<T>((resolve, reject) => {
      const hear = (answer: { id: number; value: T; error?: string }) => {
        if (answer.id !== id) return
        this.child.off('message', hear)
        if (answer.error === undefined) resolve(answer.value)
        else reject(new Error(answer.error))
      }
      this.child.on('message', hear)
      this.child.once('exit', () => reject(new Error(`The process ended before it answered '${act}'.`)))
      this.child.send({ id, act, body })
    })
  }

  async document(act: 'mode' | 'prepare' | 'resume', body?: unknown): Promise<ModeDocument> {
    const { status, body: text } = await this.tell<{ status: number; body: string }>(act, body)
    assert.equal(status, 200, text)
    return JSON.parse(text) as ModeDocument
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const gone = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await gone
  }
}

describe('processes that share a directory', function () {
  this.timeout(60_000)
  let directory = ''
  let all: MemberProcess[] = []

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'app-mode-'))
    all = Array.from({ length: 3 }, () => new MemberProcess(directory))
    for (const each of all) await each.document('mode')
  })
  after(async () => {
    for (const each of all) await each.kill()
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  })

  const process = (at: number): MemberProcess => {
    const each = all[at]
    assert.ok(each)
    return each
  }
  const prepared = { generation: 'run-1', holdSeconds: 600 }

  async function untilSafe(): Promise<ModeDocument> {
    for (let at = 0; ; at = (at + 1) % all.length) {
      const document = await process(at).document('mode')
      if (document.mode === 'SafeToStop') return document
    }
  }

  it('begin nothing any more once one of them has said that it is safe', async () => {
    const count = async () =>
      await Promise.all(all.map((each) => each.tell<{ begun: number; refused: number }>('count')))
    for (const each of all) await each.tell('work')
    for (let round = 0; round < 5; round++) {
      await process(round % 3).document('prepare', prepared)
      const { members, inProgress } = await untilSafe()
      assert.deepEqual([members, inProgress], [3, 0])
      const at = await count()
      for (const each of all) for (let asked = 0; asked < 5; asked++) await each.document('mode')
      const later = await count()
      assert.deepEqual(
        later.map(({ begun }) => begun),
        at.map(({ begun }) => begun),
      )
      assert.ok(later.every(({ refused }) => refused > 0))
      await process((round + 1) % 3).document('resume', { generation: 'run-1' })
      for (const each of all) await each.document('mode')
    }
    for (const each of all) await each.tell('rest')
    assert.ok((await count()).every(({ begun }) => begun > 0))
  })

  it('wait for the work of one that is killed until it has been silent, and go on without it', async () => {
    await process(2).tell('hold')
    await process(0).document('prepare', prepared)
    const killed = performance.now()
    await process(2).kill()
    assert.equal((await process(0).document('mode')).mode, 'PreparingForStop')
    all = all.slice(0, 2)
    const { members } = await untilSafe()
    assert.equal(members, 2)
    assert.ok(performance.now() - killed > 1_900, 'it was silent for 2 s before it was taken for dead')
  })

  it('keep one that comes from beginning anything, and count it', async () => {
    all.push(new MemberProcess(directory))
    await assert.rejects(process(2).tell('hold'), /AppIsStopping/)
    assert.equal((await untilSafe()).members, 3)
  })

  it('begin nothing when they wake, after they were frozen and taken for dead', async function () {
    if (platform() === 'win32') this.skip()
    await process(0).document('resume', { generation: 'run-1' })
    for (const each of all) await each.document('mode')
    const frozen = process(2)
    frozen.child.kill('SIGSTOP')
    try {
      await process(0).document('prepare', prepared)
      const awake = all.slice(0, 2)
      for (let at = 0; ; at = 1 - at) {
        const document = await awake[at]?.document('mode')
        if (document?.mode === 'SafeToStop') break
      }
    } finally {
      frozen.child.kill('SIGCONT')
    }
    await assert.rejects(frozen.tell('hold'), /AppIsStopping/)
    assert.equal((await frozen.document('mode')).generation, 'run-1')
  })

  it('are held though all of them are restarted, and let go by a process that knew nothing of it', async () => {
    for (const each of all) await each.kill()
    all = [new MemberProcess(directory)]
    await assert.rejects(process(0).tell('hold'), /AppIsStopping/)
    assert.equal((await process(0).document('resume', { generation: 'run-1' })).mode, 'Normal')
    await process(0).tell('hold')
    await process(0).tell('end')
  })
})
