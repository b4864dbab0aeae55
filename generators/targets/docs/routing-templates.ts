/** The text of the pages about routing; the fields are those of the views in escalation.ts. */

/** Who is told at each severity. */
export const ESCALATION_TEMPLATE = `# Escalation

Who is told of the alerts of {{project}}, and when. Delays count from the moment an alert fires. An escalation ends when
the alert is over, or when somebody silences it: the command stands in every message.
{{#each teams}}

## {{title}}

| Severity | Respond within | Repeated |{{#each @root.steps}} {{this}} |{{/each}}
|---|---|---|{{#each @root.steps}}---|{{/each}}
{{#each rows}}
| {{severity}} | {{respond}} | {{repeated}} |{{#each told}} {{this}} |{{/each}}
{{/each}}
{{/each}}
`;

/** The routing tree, and where every alert goes. */
export const ROUTING_TEMPLATE = `# Routing

The way of the alerts of {{project}} through Alertmanager. Each arrow is a condition; the first one that holds counts,
unless it is dotted: then the next ones count, too. Where an alert fits none, the box before it tells.

\`\`\`mermaid
{{picture}}
\`\`\`
{{#each systems}}

## {{title}}

| Alert | Severity | Receivers | Told |
|---|---|---|---|
{{#each rows}}
| {{alert}} | {{severity}} | {{receivers}} | {{told}} |
{{/each}}
{{/each}}
`;
