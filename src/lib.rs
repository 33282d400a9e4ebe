//! Bowerbird collects evidence from source trees and git history.
