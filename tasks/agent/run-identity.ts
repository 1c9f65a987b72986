import type { RunIdentity } from '../../core/record/record.ts'

type Variable = (name: string) => string | undefined

/** Who runs, from the agent's predefined variables: a build, or a stage of a release. */
export function runIdentityOf(variable: Variable): RunIdentity {
  const project = variable('System.TeamProject') ?? ''
  const release = variable('Release.ReleaseId')
  if (release) {
    return {
      ...idOf(variable, 'release', release),
      run: `${variable('Release.ReleaseName') ?? release}, ${variable('Release.EnvironmentName') ?? 'stage'}, attempt ${variable('Release.AttemptNumber') ?? '1'}`,
      project,
      link: variable('Release.ReleaseWebURL') ?? '',
    }
  }
  const collection = collectionUri(variable)
  const build = variable('Build.BuildId') ?? ''
  const link =
    collection && project && build ? `${collection}${encodeURIComponent(project)}/_build/results?buildId=${build}` : ''
  return { ...idOf(variable, 'build', build), run: variable('Build.BuildNumber') ?? build, project, link }
}

/**
 * The ids that no attempt, stage or job of one run differs in. Without all of them there is no id: a number of another
 * project must never pass for this run's.
 */
function idOf(variable: Variable, kind: 'build' | 'release', number: string): { id?: string } {
  const collection = variable('System.CollectionId') ?? collectionUri(variable)
  const project = variable('System.TeamProjectId') ?? variable('System.TeamProject')
  return collection && project && number ? { id: `${collection}/${project}/${kind}/${number}`.toLowerCase() } : {}
}

function collectionUri(variable: Variable): string | undefined {
  return variable('System.TeamFoundationCollectionUri') ?? variable('System.CollectionUri')
}
