import { defineProject, minutes, seconds, slack } from 'tocsin';

export default defineProject({
  id: 'plain-thresholds',
  title: 'A system without components',
  versions: { prometheus: '2.42', alertmanager: '0.25', grafana: '10.0' },
  scrapeInterval: seconds(10),
  evaluationInterval: seconds(10),
  links: { runbooks: 'https://runbooks.example.com', grafana: 'https://grafana.example.com' },
  environments: {
    local: {
      externalLabels: { environment: 'local' },
      alertmanagers: ['127.0.0.1:9093'],
      prometheusUrl: 'http://127.0.0.1:9090',
      secretsDirectory: 'secrets',
    },
  },
  severities: {
    critical: { title: 'Stopped', respondWithin: minutes(15) },
    warning: { title: 'Slow', respondWithin: minutes(60) },
  },
  receivers: { chat: slack({ channel: '@on-call', apiUrlFile: 'slack.url' }) },
  teams: { batch: { title: 'Batch', notify: { critical: { to: ['chat'] }, warning: { to: ['chat'] } } } },
  fallback: ['chat'],
});
