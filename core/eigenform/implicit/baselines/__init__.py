"""Classical reconstructions beside ours: screened Poisson and ball pivoting, by open3d, in a child process."""
