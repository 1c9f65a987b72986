/** Where the emulator's worker writes something else than the framework (library 2.9.1), and why that is well. */
export const knownDifferences: readonly { readonly what: RegExp; readonly because: string }[] = [
  {
    what: /^containers: emulator has <hub>-leases$/,
    because:
      'Its hubs have what both ways of sharing partitions create, blobs and table, so that taking a hub apart meets all parts. The framework creates those of the way it was told alone.',
  },
  {
    what: /^blob(s of <hub>-leases| taskhub\.json): only the emulator has it$/,
    because: 'The content of that container.',
  },
  {
    what: /^blob <hub>-appleaseinfo: (emulator has {2}= \{\}|real has \/(OwnerId|DesiredSwapId) )/,
    because: 'Its worker holds the app lease but writes no owner beside it: it knows no swap of apps by that lease.',
  },
  {
    what: /^(Instances: (emulator|real) has (Input|Output) is String \{blob service\}|blobs of <hub>-largemessages: emulator has )/,
    because:
      'The framework lets the row of a large payload name the blob of the message or of the History row; the emulator makes a blob of its own for it. Both are under the instance in the same container.',
  },
  {
    what: /^(History ExecutionStarted|Instances): real has Input as JSON: \/sorter = \{\}$/,
    because: 'Its entities take operations in the order in which they come; they sort none.',
  },
  {
    what: /^History ExecutionStarted: (real|emulator) has IsPlayed is Boolean (true|false)$/,
    because: 'An entity is played by no orchestrator; nothing reads the column.',
  },
  {
    what: /^message EventRaisedEvent: (real|emulator) has \/TaskMessage\/Event\/Input = "\{\\"op\\"/,
    because: 'A signal carries no sort order and no trace flag, which are at their default values in the real one.',
  },
  {
    what: /^message TaskScheduledEvent: (real|emulator) has \/TaskMessage\/OrchestrationExecutionContext/,
    because: 'Tags of an orchestration are not passed on to its activities: its orchestrations have none.',
  },
]
