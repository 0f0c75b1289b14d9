"""What crun's tests use of libmount's Python module, which Debian doesn't have."""


class FileSystem:
    def __init__(self, line):
        mount, file_system = line.split(" - ", 1)
        fields = mount.split()
        self.target = fields[4]
        self.vfs_options = fields[5]
        self.fs_options = file_system.split()[2]


class Table:
    """The lines of a mountinfo file."""

    def __init__(self, path):
        with open(path) as lines:
            self.file_systems = [FileSystem(line) for line in lines if " - " in line]

    def find_target(self, target):
        return next(fs for fs in reversed(self.file_systems) if fs.target == target)
