import assert from 'node:assert/strict'
import { runIdentityOf } from '../../../tasks/agent/run-identity.ts'

const place = {
  'System.CollectionId': 'C0',
  'System.TeamFoundationCollectionUri': 'https://dev.example.net/org/',
  'System.TeamProjectId': 'D0',
  'System.TeamProject': 'Web shop',
}
const build = { ...place, 'Build.BuildId': '77', 'Build.BuildNumber': '20260103.7' }
const identity = (variables: Readonly<Record<string, string>>) => runIdentityOf((name) => variables[name])

describe('Who runs', () => {
  it('is a build, with its number and where to look at it', () => {
    assert.deepEqual(identity(build), {
      id: 'c0/d0/build/77',
      run: '20260103.7',
      project: 'Web shop',
      link: 'https://dev.example.net/org/Web%20shop/_build/results?buildId=77',
    })
  })

  it('is the same in every attempt, job and stage of a build', () => {
    const again = { ...build, 'System.JobAttempt': '2', 'System.JobId': 'other', 'System.StageName': 'swap' }
    assert.deepEqual(identity(again), identity(build))
  })

  it('is a release, whose stages and attempts have one id, though its artifact is of a build', () => {
    const release = { ...build, 'Release.ReleaseId': '77', 'Release.ReleaseName': 'Release-9' }
    const first = identity({ ...release, 'Release.EnvironmentName': 'staging', 'Release.AttemptNumber': '1' })
    const second = identity({ ...release, 'Release.EnvironmentName': 'production', 'Release.AttemptNumber': '2' })

    assert.equal(first.id, 'c0/d0/release/77')
    assert.equal(second.id, first.id)
    assert.equal(second.run, 'Release-9, production, attempt 2')
  })

  it('is another in another project, and in another collection', () => {
    assert.notEqual(identity({ ...build, 'System.TeamProjectId': 'D1' }).id, identity(build).id)
    assert.notEqual(identity({ ...build, 'System.CollectionId': 'C1' }).id, identity(build).id)
  })

  it('goes by names where the agent tells no ids of collection and project', () => {
    const { 'System.CollectionId': collection, 'System.TeamProjectId': project, ...named } = build
    assert.equal(identity(named).id, 'https://dev.example.net/org//web shop/build/77')
  })

  it('has no id where a part of it is not told, so that no other run is taken for it', () => {
    assert.equal(identity({ 'Build.BuildId': '77', 'Build.BuildNumber': '7' }).id, undefined)
    assert.equal(identity({ ...place }).id, undefined)
  })
})
