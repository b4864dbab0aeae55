/** The command line or its surroundings are wrong (a bad flag, a folder that cannot be read). Shown without a stack; exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Tocsin itself is wrong. Shown with its stack; exit code 3. `subject` names what was being worked on when it was noticed. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
  readonly subject: string | undefined;

  constructor(message: string, subject?: string, options?: ErrorOptions) {
    super(subject === undefined ? message : `${message} (${subject})`, options);
    this.subject = subject;
  }
}
