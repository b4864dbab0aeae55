/** A package as package-lock.json has it. */
interface LockedPackage {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** The folders of packages and of all that they need. @throws Error when one is not in the lock file. */
export declare const closureOf: (
  packages: Readonly<Record<string, LockedPackage>>,
  names: readonly string[],
) => readonly string[];
