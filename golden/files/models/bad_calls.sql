select _file, _line, reason, content
from {{ quarantine(source('raw', 'raw_calls')) }}
